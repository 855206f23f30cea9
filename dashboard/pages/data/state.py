"""What one visitor has under way on the Data page, and what became of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import streamlit as st

from alexnet_core.data import datasets, tasks
from alexnet_core.data.importing.preview import Contents
from alexnet_core.errors import LabError
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job, Outcome
from alexnet_core.jobs.task import Task
from dashboard.common import dataset_caches
from dashboard.common.visitor import Visitor
from dashboard.pages.data import uploads

_KEY = "data-desk"
_UNMEASURED = "The figures were not worked out: it was cancelled. Reload the page to try again."

# Whoever watches a job takes its end in within a second.
_UNWATCHED_SECONDS = 10.0


@dataclass
class Incoming:
    """Pictures that somebody brings, before they are a data set."""

    title: str
    """What the file or folder is called, safe to show."""
    source: Path
    upload: str = ""
    """The upload's name where it came through the browser."""
    contents: Contents | None = None
    """What is in it; None until somebody looked."""


@dataclass
class Said:
    """A sentence for the visitor."""

    kind: Literal["good", "bad", "neutral"]
    sentence: str


@dataclass
class Desk:
    """The visitor's own affairs on this page; the choice of a data set is `Visitor`'s."""

    incoming: Incoming | None = None
    watched: list[str] = field(default_factory=list)
    """Jobs that this visitor began and whose end is still to be told."""
    said: list[Said] = field(default_factory=list)
    unmeasured: dict[str, str] = field(default_factory=dict)
    """Stamps of data sets whose figures can't be worked out, and why."""
    browsed: str = ""
    """The data set that the choices below belong to."""
    split: str = "train"
    label: int | None = None
    page: int = 0
    picked: int | None = None
    as_seen: bool = False

    def begin(self, task: Task) -> Job | None:
        """Start a task and watch it; a refusal becomes a sentence."""
        try:
            job = queue.start(task)
        except LabError as error:
            self.said.append(Said("bad", str(error)))
            return None
        self.watched.append(job.id)
        return job

    def bring(self, title: str, source: Path, upload: str = "") -> None:
        """Look into a folder or ZIP, in place of what was brought before."""
        self.drop()
        self.said.clear()
        # The name that was typed for something else is not this one's.
        st.session_state.pop("data-name", None)
        self.incoming = Incoming(title, source, upload)
        if self.begin(tasks.Look(source=source, temporary=bool(upload))) is None:
            self.drop()

    def drop(self) -> None:
        """Put back what was brought; a ZIP that came through the browser is removed."""
        if self.incoming is not None and self.incoming.upload:
            uploads.discard(self.incoming.upload)
        self.incoming = None

    def browse(self, name: str) -> None:
        """Begin at the first page of a data set that was not looked at just now."""
        if name != self.browsed:
            self.browsed, self.split, self.label = name, "train", None
            self.page, self.picked = 0, None

    def adopt(self) -> None:
        """Tell of work that failed while nobody watched, and forget all that nobody watched."""
        for job in queue.listing():
            outcome = job.outcome()
            if outcome is None or job.ended_ago() < _UNWATCHED_SECONDS:
                continue
            if not isinstance(job.task, tasks.DataTask):
                # Whose page it is tells of it.
                continue
            if outcome.status == "failed" and job.task.kind not in ("look", "measure"):
                self.said.append(Said("bad", outcome.sentence))
            job.forget()

    def settle(self, who: Visitor) -> None:
        """Take in the end of every job that is over."""
        known = {job.id: job for job in queue.listing()} if self.watched else {}
        for name in list(self.watched):
            job = known.get(name)
            outcome = job.outcome() if job else None
            if job is not None and outcome is None:
                continue
            self.watched.remove(name)
            if job is not None and outcome is not None:
                self._take_in(job.task, outcome, who)
                job.forget()

    def _take_in(self, task: Task, outcome: Outcome, who: Visitor) -> None:
        if isinstance(task, tasks.Look):
            self._looked(task, outcome)
        elif isinstance(task, tasks.Measure):
            if outcome.status != "done":
                self._cannot_measure(task.name, outcome.sentence or _UNMEASURED)
        elif outcome.status == "failed":
            self.said.append(Said("bad", outcome.sentence))
        elif outcome.status == "stopped":
            self.said.append(Said("neutral", _stopped(task)))
        else:
            self._arrived(task, outcome.result, who)

    def _looked(self, task: tasks.Look, outcome: Outcome) -> None:
        if self.incoming is None or self.incoming.source != task.source:
            return
        if outcome.status == "done":
            self.incoming.contents = Contents.from_json(outcome.result)
            return
        if outcome.status == "failed":
            self.said.append(Said("bad", outcome.sentence))
        self.drop()

    def _cannot_measure(self, name: str, why: str) -> None:
        with contextlib.suppress(LabError):
            self.unmeasured[dataset_caches.stamp(datasets.open(name).card)] = why

    def _arrived(self, task: Task, name: str, who: Visitor) -> None:
        try:
            card = datasets.open(name).card
        except LabError as error:
            self.said.append(Said("bad", str(error)))
            return
        who.dataset = name
        pictures = sum(card.length(split) for split in card.splits)
        if isinstance(task, tasks.SetApart):
            apart = card.length("val")
            sentence = f"{apart:,} pictures of {card.title} are set apart for validation now."
        else:
            classes = len(card.classes)
            sentence = f"{card.title} is here: {pictures:,} pictures in {classes} classes."
        self.said.append(Said("good", sentence))


def desk() -> Desk:
    """The one desk of this session."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Desk):
        found = st.session_state[_KEY] = Desk()
        found.adopt()
    return found


def _stopped(task: Task) -> str:
    if isinstance(task, tasks.Download):
        return "The download was cancelled. The next one goes on from where it stopped."
    if isinstance(task, tasks.Import):
        return "The import was cancelled. Nothing of it is kept."
    return "That was cancelled."
