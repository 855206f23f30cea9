"""A slider over the epochs of a run: its filters, answers and confusion move together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.browser import browser_component
from dashboard.common import theme
from dashboard.common.plotly_script import plotly_version


def time_machine(
    run: str,
    epochs: Sequence[int],
    *,
    kept: Sequence[int],
    best: int,
    chosen: int,
    key: str,
    on_move: Callable[[int], None],
    on_open: Callable[[int], None],
) -> None:
    """Show an epoch; the browser fetches what it left behind by itself.

    Args:
        run: whose epochs they are.
        epochs: those that left a record, in order; at least one.
        kept: those whose weights are there.
        best: the best one, or 0.
        chosen: the one to show, or 0 for the newest.
        key: names the element.
        on_move: gets the epoch that a person chose, 0 for the newest.
        on_open: gets the epoch whose network is wanted.
    """

    def moved() -> None:
        said = st.session_state[key].moved
        if said is not None and (said["epoch"] == 0 or said["epoch"] in epochs):
            on_move(said["epoch"])

    def opened() -> None:
        epoch = st.session_state[key].opened
        if epoch in kept:
            on_open(epoch)

    browser_component("pages/runs/time_machine", isolated=False)(
        key=key,
        data={
            "run": run,
            "epochs": list(epochs),
            "kept": list(kept),
            "best": best,
            "chosen": chosen,
            "plotly": plotly_version(),
            "colours": {"right": theme.TRAIN, "wrong": theme.VALIDATION},
        },
        on_moved_change=moved,
        on_opened_change=opened,
    )
