"""Agreement: the rank correlation between all maps that have a card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.common.charts import show
from dashboard.common.passes.passes import Inside
from dashboard.pages.explain import charts, trial_work
from dashboard.pages.explain.panels.progress import ended, watching
from dashboard.pages.explain.state import Choice, refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WAIT = 0.3
"""Maps that are known already are compared while the page is made."""

_NAMES, _CELL = 260, 64
"""Pixels for the names and the scale, and for a column."""


def agreement(chosen: Choice, found: Inside) -> None:
    """Show the matrix, once all maps are there."""
    from alexnet_core.explanation.methods import registry

    st.markdown(
        "Do the methods put the pixels in the same order? 1 is the same order, 0 none at all, −1 "
        "the reverse. Methods that disagree can't all tell the reason."
    )
    names = [name for name in chosen.methods if not refusal(chosen, found, name)]
    everything = [name for name in registry.METHODS if not refusal(chosen, found, name)]
    if st.toggle(f"All {len(everything)} methods, not only those with a card", key="agreement-all"):
        names = everything
    if len(names) < 2:
        st.caption("Choose two methods or more.")
        return
    asked = [chosen.asked(name) for name in names]
    key, held = (found.token, *asked), st.session_state.get("explain-agreement")
    if held is None or held[0] != key:
        held = (key, trial_work.agreeing(found, asked))
        st.session_state["explain-agreement"] = held
    work = held[1]
    work.watch(_WAIT)
    if work.state == "going":
        watching(work, "agreement", "maps")
    elif work.found is None:
        ended(work)
        st.button(
            "Compare again",
            icon=":material/refresh:",
            key="agreement-again",
            on_click=st.session_state.pop,
            args=("explain-agreement", None),
        )
    else:
        titles = [registry.get(name).title for name in work.found.methods]
        # A few maps in a wide page would make cells like planks.
        with st.container(width=_NAMES + _CELL * len(titles), key="agreement-width"):
            show(
                charts.agreement(titles, work.found.matrix),
                f"Rank correlation between {len(titles)} maps.",
                key="agreement-matrix",
            )
        st.caption(_pairs(titles, work.found.matrix))


def _pairs(titles: Sequence[str], matrix: NDArray[np.float64]) -> str:
    """Which two agree most and which least; a map that is the same everywhere is in no pair."""
    pairs = [
        (float(value), one, other)
        for at, (one, row) in enumerate(zip(titles, matrix, strict=True))
        for other, value in zip(titles[at + 1 :], row[at + 1 :], strict=True)
        if math.isfinite(value)
    ]
    if not pairs:
        return "The maps are the same everywhere, so they have no order to compare."
    said = [
        f"{one} and {other} ({value:.2f})".replace("-0.", "−0.")
        for value, one, other in (max(pairs), min(pairs))
    ]
    if len(pairs) == 1:
        return f"{said[0]}."
    return f"Most alike are {said[0]}, least alike {said[1]}."
