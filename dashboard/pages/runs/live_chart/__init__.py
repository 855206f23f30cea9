"""The curves of runs: the browser pulls their figures itself, so that no script runs for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

import streamlit as st

from dashboard.browser import browser_component
from dashboard.browser.choices import heard, unheard
from dashboard.common import theme
from dashboard.common.plotly_script import plotly_version

_CHOICES = "runs-chart"
"""As the script calls them."""


class Curve(TypedDict):
    """A run to be drawn."""

    id: str
    label: str
    colour: str
    """Its own among several runs; one alone has the colours of training and validation."""
    state: str
    """What the page knows of it, as `dashboard.pages.runs.run_status.state` says it."""


def live_chart(
    curves: Sequence[Curve],
    *,
    key: str,
    file: str,
    chosen: int = 0,
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> None:
    """Draw the runs; the script around it runs again when the state of one is another.

    Args:
        curves: the runs.
        key: names the element.
        file: how a downloaded picture or table is called, without its ending.
        chosen: an epoch to mark, or 0.
        on_epoch: gets an epoch that was clicked, before the next run of the script.
    """

    def taken() -> None:
        for what in unheard(_CHOICES, st.session_state[key].choices):
            # One that is not shown any more has no say.
            known = what.get("run") in [curve["id"] for curve in curves]
            if known and type(what.get("chosen")) is int:
                on_epoch(what["chosen"])

    browser_component("pages/runs/live_chart", isolated=False)(
        key=key,
        data={
            "heard": heard(_CHOICES),
            "runs": list(curves),
            "chosen": chosen,
            "file": file,
            "plotly": plotly_version(),
            "colours": {
                "train": theme.TRAIN,
                "validation": theme.VALIDATION,
                "gpu": theme.CLASS_COLOURS[2],
            },
        },
        on_choices_change=taken,
        on_changed_change=_look_again,
    )


def _look_again() -> None:
    """The script runs again by itself; what it reads then is the news."""
