"""A slider over the epochs of a run: its filters, answers and confusion move together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.browser import browser_component
from dashboard.browser.choices import heard, unheard
from dashboard.common import theme
from dashboard.common.plotly_script import plotly_version

_CHOICES = "runs-time-machine"
"""As the script calls them."""


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

    def taken() -> None:
        for what in unheard(_CHOICES, st.session_state[key].choices):
            # One that was left meanwhile has no say any more.
            if what.get("run") == run and what.get("chosen") in (0, *epochs):
                on_move(what["chosen"])
            if what.get("opened") in kept:
                on_open(what["opened"])

    browser_component("pages/runs/time_machine", isolated=False)(
        key=key,
        data={
            "heard": heard(_CHOICES),
            "run": run,
            "epochs": list(epochs),
            "kept": list(kept),
            "best": best,
            "chosen": chosen,
            "plotly": plotly_version(),
            "colours": {"right": theme.TRAIN, "wrong": theme.VALIDATION},
        },
        on_choices_change=taken,
    )
