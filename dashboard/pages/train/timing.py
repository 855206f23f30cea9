"""Measures how fast runs would be, one at a time and behind the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.errors import LabError
from alexnet_core.training.config import RunConfig
from dashboard.pages.train import prerender

if TYPE_CHECKING:
    from alexnet_core.planning.measured_speed import Speed

SHORTEST = 0.5
"""Seconds that one of many different runs is measured for at least."""

_KEY = "run-timing"
_LOG = logging.getLogger(__name__)


@dataclass
class _Job:
    costs: tuple[RunConfig, ...]
    stop: threading.Event = field(default_factory=threading.Event)
    future: Future[None] | None = None


@dataclass(frozen=True)
class Timing:
    """What is known of the speed of some runs."""

    speeds: tuple[Speed | None, ...]
    """For each run; None while it is not measured."""
    problem: str = ""
    """Why it can't be measured, as a sentence."""

    @property
    def waiting(self) -> bool:
        """Whether a measurement goes on."""
        return not self.problem and None in self.speeds


@st.cache_resource(show_spinner=False)
def _measurer() -> ThreadPoolExecutor:
    # One for all visitors: two measurements at once would both be wrong.
    return ThreadPoolExecutor(1, thread_name_prefix="speed")


def timing(configs: Sequence[RunConfig]) -> Timing:
    """What is known now; what is not known is measured from now on.

    What this visitor had measured before is given up if it has not begun.
    """
    from alexnet_core.planning import measured_speed

    speeds = tuple(measured_speed.remembered(config) for config in configs)
    if None not in speeds:
        return Timing(speeds)
    costs = tuple(dict.fromkeys(map(measured_speed.cost_of, configs)))
    job = st.session_state.get(_KEY)
    if not isinstance(job, _Job) or job.costs != costs:
        stop()
        # Drawing beside it would make the run look slower than it is.
        prerender.stop()
        job = st.session_state[_KEY] = _Job(costs)
        patience = max(SHORTEST, measured_speed.PATIENCE / len(costs))
        job.future = _measurer().submit(_measure, costs, patience, job.stop)
    problem = ""
    if job.future is not None and job.future.done() and not job.future.cancelled():
        error = job.future.exception()
        if isinstance(error, LabError):
            problem = str(error)
        elif error is not None:
            # The run may well do what a trial of it could not; the form goes on.
            _LOG.error("A step could not be tried", exc_info=error)
            problem = f"A step of this network could not be tried here ({type(error).__name__})."
    return Timing(speeds, problem)


def stop() -> None:
    """Give up what this visitor is waiting for: the machine has better to do."""
    job = st.session_state.pop(_KEY, None)
    if isinstance(job, _Job):
        job.stop.set()
        if job.future is not None:
            job.future.cancel()


def _measure(costs: tuple[RunConfig, ...], patience: float, stop: threading.Event) -> None:
    from alexnet_core.planning import measured_speed

    for config in costs:
        if stop.is_set():
            return
        measured_speed.measure(config, patience=patience, should_stop=stop.is_set)
