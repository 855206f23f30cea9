"""The table of all runs: sorted, filtered and grouped in the browser, which pulls it itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.browser import browser_component
from dashboard.browser.choices import heard, unheard
from dashboard.common.theme import CLASS_COLOURS

_CHOICES = "runs-table"
"""As the script calls them."""

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

    def taken() -> None:
        for what in unheard(_CHOICES, st.session_state[key].choices):
            if isinstance(what.get("opened"), str):
                on_open(what["opened"])
            if isinstance(what.get("compared"), list):
                on_compare(tuple(map(str, what["compared"]))[:MOST_COMPARED])

    browser_component("pages/runs/table")(
        key=key,
        data={
            "heard": heard(_CHOICES),
            "chosen": chosen,
            "compared": list(compared),
            "most": MOST_COMPARED,
            "wishes": wishes,
        },
        on_choices_change=taken,
    )
