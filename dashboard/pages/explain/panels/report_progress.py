"""A report that is being made: how far it is, how long it will take, and a way to stop it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.jobs import queue
from dashboard.common.format import plain, span

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.report_schema import ReportOptions
    from alexnet_core.explanation.report_job import ReportTask
    from alexnet_core.jobs.queue import Job

_SECONDS = 0.5
_LEAST = 2
"""Pictures whose time says something of the others'."""

Marks = list[tuple[int, float]]
"""The pictures that were done, and when that was seen, in seconds; the first one first."""


def making(job: Job[ReportTask], title: str) -> None:
    """Show how far it is; the page runs again once it has ended.

    Args:
        job: what is under way.
        title: which pictures are explained.
    """
    st.fragment(_line, run_every=_SECONDS)(job.id, title, job.task.options)


def outlook(marks: Sequence[tuple[int, float]], total: int, options: ReportOptions) -> str:
    """How long the rest will take at the pace that was measured; empty while it is unknown.

    The first pictures take longer, since more is measured on them; their pace holds for the rest
    as a bound.

    Args:
        marks: what was seen so far; the first one came late, as nobody looked before.
        total: pictures in all.
        options: of the report.
    """
    if not marks:
        return ""
    done, now = marks[-1]
    stops = {min(stop, total) for stop in (options.sanity, options.sensitivity)}
    if not options.quality.disturbed:
        stops = {min(options.sanity, total)}
    begun = max((stop for stop in stops if stop <= done), default=0)
    same = [mark for mark in marks[1:] if mark[0] >= begun]
    if not same or done - same[0][0] < _LEAST or done >= total:
        return ""
    seconds = (total - done) * (now - same[0][1]) / (done - same[0][0])
    word = "at most" if any(done < stop < total for stop in stops) else "about"
    return f"{word} {span(seconds)} to go"


def _line(name: str, title: str, options: ReportOptions) -> None:
    job = queue.get(name)
    if job is None or job.outcome() is not None:
        st.rerun()
    else:
        _shown(job, title, options)


def _shown(job: Job, title: str, options: ReportOptions) -> None:
    progress = job.progress()
    share = min(progress.done / progress.total, 1.0) if progress.total else 0.0
    said = progress.stage
    if progress.total:
        marks: Marks = st.session_state.setdefault(f"report-marks-{job.id}", [])
        if not marks or marks[-1][0] != progress.done:
            marks.append((progress.done, time.monotonic()))
        ahead = outlook(marks, progress.total, options)
        said = f"{progress.done:,} of {progress.total:,}" + (f", {ahead}" if ahead else "")
    with st.container(horizontal=True, vertical_alignment="center", key=f"report-work-{job.id}"):
        if job.stopping:
            st.progress(share, f"{plain(title)}: stopping")
            return
        st.progress(share, f"{plain(title)}: {said[0].lower()}{said[1:]}")
        st.button("Cancel", key=f"report-cancel-{job.id}", on_click=job.stop)
