"""Start: one run or a sweep, or why not."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from alexnet_core.errors import LabError
from alexnet_core.planning.overrides import command
from alexnet_core.planning.sweeps import SweepRun
from alexnet_core.training.config import RunConfig
from dashboard.common import visitor
from dashboard.common.format import plain, span
from dashboard.common.navigation import leave_for
from dashboard.pages.train import prerender, timing
from dashboard.pages.train.draft import Draft
from dashboard.pages.train.panels.sections import place

if TYPE_CHECKING:
    from alexnet_core.runs.records import Run

RUNS_PAGE = "runs"
_JUST = 3.0
"""Seconds in which a second press on Start is taken for a double click."""

_KEY = "run-started"


def start(
    draft: Draft,
    config: RunConfig,
    sweep: Sequence[SweepRun],
    refusals: Mapping[str, str],
    seconds: float | None,
) -> None:
    """The button, what it will do, and where it leads.

    Args:
        draft: the run.
        config: what it comes to.
        sweep: the runs to queue instead of one.
        refusals: field or section -> why nothing can start.
        seconds: what all of it takes, once it is known.
    """
    count = len(sweep) or 1
    name = "Start training" if not sweep else f"Queue {count} runs" if count > 1 else "Queue 1 run"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="run-start"):
        pressed = st.button(
            name, type="primary", icon=":material/play_arrow:", disabled=bool(refusals), key="start"
        )
        if not refusals:
            st.markdown(_promise(count, seconds), width="content")
    if refusals:
        reasons = (f"- {plain(place(path))}: {plain(why)}" for path, why in refusals.items())
        st.error("\n".join(reasons), title="It can't start yet", icon=":material/block:")
    if pressed:
        _submit(draft, config, sweep)
    elif draft.started:
        _last(draft.started)


def _promise(count: int, seconds: float | None) -> str:
    waiting = _ahead()
    ahead = f" after {waiting} {'run' if waiting == 1 else 'runs'} ahead of it" if waiting else ""
    if seconds is None:
        return f"Starts{ahead or ' at once'}."
    if count > 1:
        return f"About {span(seconds)} in all, one after another{ahead}."
    return f"About {span(seconds)} of training on this machine{ahead}."


def _ahead() -> int:
    """Runs that have not ended."""
    from alexnet_core import home
    from alexnet_core.runs.store import Store

    try:
        return len(Store.open().listing(lab=home.lab(), live=True))
    except LabError:
        # Starting will say what is wrong with the store.
        return 0


def _submit(draft: Draft, config: RunConfig, sweep: Sequence[SweepRun]) -> None:
    """Queue the runs and go to the first one's page."""
    now = time.monotonic()
    if now - st.session_state.get(_KEY, -_JUST) >= _JUST:
        timing.stop()
        prerender.stop()
        try:
            draft.started = tuple(run.id for run in _queued(config, sweep))
        except LabError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.session_state[_KEY] = now
    _watch(draft.started[0])


def _watch(run: str) -> NoReturn:
    visitor.visitor().choose_run(run)
    leave_for(RUNS_PAGE, {"run": run})


def _queued(config: RunConfig, sweep: Sequence[SweepRun]) -> list[Run]:
    from alexnet_core.orchestration import run_api

    if not sweep:
        return [run_api.submit(config, command=command(config))]
    group = f"{config.recipe} {time.strftime('%Y-%m-%d %H:%M:%S')}"
    return [
        run_api.submit(run.config, command=command(run.config), group=group, notes=run.name)
        for run in sweep
    ]


def _last(started: Sequence[str]) -> None:
    more = f" and {len(started) - 1} more" if len(started) > 1 else ""
    label = f"Watch {started[0]}{more}, started last"
    if st.button(label, icon=":material/monitoring:", type="tertiary", key="run-watch"):
        _watch(started[0])
