"""Draws the pictures of a drawn data set while its form is read, so that a run finds them ready."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.errors import LabError

if TYPE_CHECKING:
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.data.transforms import Transform

MOST = 10_000
"""Pictures beyond which a person who only looks should not cost the machine so much."""

_KEY = "run-ahead"


class _StoppedError(Exception):
    """It was asked to leave off."""


@dataclass
class _Job:
    name: str
    stop: threading.Event = field(default_factory=threading.Event)
    future: Future[None] | None = None


@st.cache_resource(show_spinner=False)
def _pen() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="ahead")


def draw_ahead(dataset: Dataset, wide: Transform) -> None:
    """Begin to draw the training pictures at this size, unless that was begun before."""
    name = f"{dataset.card.fingerprint} {wide.to_json()}"
    job = st.session_state.get(_KEY)
    if isinstance(job, _Job) and job.name == name:
        return
    stop()
    if dataset.card.stored == "drawn" and dataset.length("train") <= MOST:
        job = st.session_state[_KEY] = _Job(name)
        job.future = _pen().submit(_draw, dataset, wide, job.stop)


def stop() -> None:
    """Leave off: something else needs the machine now."""
    job = st.session_state.pop(_KEY, None)
    if isinstance(job, _Job):
        job.stop.set()
        if job.future is not None:
            job.future.cancel()


def _draw(dataset: Dataset, wide: Transform, stop: threading.Event) -> None:
    from alexnet_core.data import pixel_cache

    def progress(done: int, total: int) -> None:
        if stop.is_set():
            raise _StoppedError

    # What keeps it from being written the run will meet, and say.
    with suppress(_StoppedError, LabError):
        pixel_cache.pixels(dataset, "train", wide, progress=progress)
