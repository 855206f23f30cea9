"""One run: how it stands, its curves, its past epochs, its log and its settings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from alexnet_core.errors import UnknownNameError
from alexnet_core.runs.records import Run
from alexnet_core.runs.store import Store
from dashboard.common import theme, visitor
from dashboard.common.navigation import leave_for
from dashboard.common.visitor import LATEST, Visitor
from dashboard.pages.runs import requests, run_status
from dashboard.pages.runs.live_chart import Curve, live_chart
from dashboard.pages.runs.panels.controls import controls
from dashboard.pages.runs.panels.head import head
from dashboard.pages.runs.panels.log import log
from dashboard.pages.runs.panels.settings import settings
from dashboard.pages.runs.time_machine import time_machine

_OPENED = "run-epoch-opened"


@st.fragment
def detail(who: Visitor, shown: str, known_tags: list[str]) -> None:
    """Show a run; this alone runs again when the run's state changes.

    Args:
        who: whose choices count.
        shown: the run; where the visitor has chosen another one since, the whole page runs again.
        known_tags: tags of all runs, to choose from.
    """
    if requests.new_wish() or who.run not in (shown, LATEST):
        st.rerun()
    store = Store.open()
    try:
        run = store.get(shown)
    except UnknownNameError:
        # Deleted while it was watched.
        st.rerun()
    if st.session_state.pop(_OPENED, False):
        leave_for("classify")
    edits = store.edits(run.id)
    head(who, run, edits)
    # What follows needs PyTorch, which a server that has just started still loads.
    steering, curves = st.container(), st.container()
    with curves:
        live_chart(
            [
                Curve(
                    id=run.id,
                    label=f"{run.recipe} on {run.dataset}",
                    colour=theme.VALIDATION,
                    state=run_status.state(run, edits),
                )
            ],
            key="curves",
            file=run.id,
            chosen=who.epoch,
            on_epoch=lambda epoch: who.choose_run(run.id, epoch),
        )
    kept = _kept(run)
    with steering:
        requests.refusal()
        controls(who, run, edits, kept)
    _past(who, run, kept)
    log(run)
    settings(run, known_tags)
    visitor.publish(who, (visitor.RUN, who))


def _past(who: Visitor, run: Run, kept: Sequence[int]) -> None:
    from alexnet_core.training import epoch_records

    st.subheader("Time machine", anchor=False)
    finished = epoch_records.listing(run.id)
    if not finished:
        words = "Filters, answers and mistakes of each epoch appear here when it has ended."
        st.caption("No epoch of this run has ended." if run.status.ended else words)
        return

    def open_epoch(epoch: int) -> None:
        who.model = f"run:{run.id}@{epoch}"
        st.session_state[_OPENED] = True

    time_machine(
        run.id,
        finished,
        kept=kept,
        best=run.best_epoch,
        chosen=who.epoch if who.epoch in finished else 0,
        key="time-machine",
        on_move=lambda epoch: who.choose_run(run.id, epoch),
        on_open=open_epoch,
    )


def _kept(run: Run) -> tuple[int, ...]:
    from alexnet_core.runs import run_folder

    return tuple(run_folder.kept_epochs(run_folder.of(run.id)))
