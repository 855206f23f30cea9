"""The table of all runs: sorted, filtered and grouped in the browser, which pulls it itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.browser import browser_component
from dashboard.common.theme import CLASS_COLOURS

MOST_COMPARED = len(CLASS_COLOURS)
"""Runs that can be compared at once: each needs a colour of its own."""


def run_table(
    *,
    chosen: str,
    compared: Sequence[str],
    wishes: int,
    key: str,
    on_open: Callable[[str], None],
    on_compare: Callable[[tuple[str, ...]], None],
) -> None:
    """Show every run.

    Args:
        chosen: the run that the page shows.
        compared: the runs that are ticked.
        wishes: another number makes the table look at once.
        key: names the element.
        on_open: gets the name of a run that was clicked.
        on_compare: gets the names of those that are ticked now.
    """

    def opened() -> None:
        run = st.session_state[key].opened
        if isinstance(run, str):
            on_open(run)

    def ticked() -> None:
        said = st.session_state[key].compared
        if said is not None:
            on_compare(tuple(map(str, said["runs"]))[:MOST_COMPARED])

    browser_component("pages/runs/table")(
        key=key,
        data={
            "chosen": chosen,
            "compared": list(compared),
            "most": MOST_COMPARED,
            "wishes": wishes,
        },
        on_opened_change=opened,
        on_compared_change=ticked,
    )
