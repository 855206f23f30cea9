"""What goes on in the background, and what became of it."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from alexnet_core.data import tasks
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.explanation.report_job import ReportTask
from alexnet_core.inspection.ranking_job import RankingTask
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job, Progress
from alexnet_core.jobs.task import Task
from dashboard.common.format import memory_size, plain
from dashboard.pages.data.state import Desk

_SECONDS = 0.5
_KINDS: tuple[type[Task], ...] = (*get_args(tasks.DataTask), RankingTask, ReportTask)
_ICONS = {
    "good": ":material/check_circle:",
    "bad": ":material/error:",
    "neutral": ":material/info:",
}


def sentences(desk: Desk) -> None:
    """What became of earlier work, until it is put away."""
    show = {"good": st.success, "bad": st.error, "neutral": st.info}
    for number, said in enumerate(desk.said):
        with st.container(horizontal=True, vertical_alignment="center", key=f"said-{number}"):
            show[said.kind](plain(said.sentence), icon=_ICONS[said.kind])
            st.button(
                "Close",
                key=f"close-{number}",
                icon=":material/close:",
                type="tertiary",
                on_click=desk.said.remove,
                args=(said,),
            )


def live_jobs() -> list[Job]:
    """All work that goes on, that of other pages too, the oldest first."""
    return queue.under_way(*_KINDS)


def work_strip(live: list[Job]) -> None:
    """The work that goes on, each with its progress; the page runs again when one has ended.

    Looks twice a second while there is some, and not at all while there is none.
    """
    if live:
        st.fragment(_strip, run_every=_SECONDS)([job.id for job in live])


def _strip(names: list[str]) -> None:
    going = [job for job in live_jobs() if job.id in names]
    if len(going) < len(names):
        st.rerun()
    for job in going:
        _line(job)


def _line(job: Job) -> None:
    progress = job.progress()
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(horizontal=True, vertical_alignment="center", key=f"work-{job.id}"):
        if job.stopping:
            st.progress(min(share, 1.0), f"{_named(job.task)}: stopping")
            return
        st.progress(min(share, 1.0), f"{_named(job.task)}: {_told(progress)}")
        st.button("Cancel", key=f"cancel-{job.id}", on_click=job.stop)


def _told(progress: Progress) -> str:
    if not progress.total:
        return f"{progress.stage.lower()} …"
    if progress.unit == "bytes":
        amount = f"{memory_size(progress.done)} of {memory_size(progress.total)}"
    else:
        amount = f"{progress.done:,} of {progress.total:,}"
    return f"{progress.stage.lower()}, {amount}"


def _named(task: Task) -> str:
    if isinstance(task, tasks.Look):
        return plain(task.source.name)
    target = task.target or task.kind
    return plain(KNOWN[target].title if target in KNOWN else target)
