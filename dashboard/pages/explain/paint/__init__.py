"""Paint and watch: cover a part of the photo, and the answer and a map follow."""

from __future__ import annotations

import streamlit as st

from dashboard.browser import browser_component
from dashboard.common.passes.passes import Inside
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.attributions import Asked, address
from dashboard.pages.explain.board import rows
from dashboard.pages.explain.state import Choice, refusal, resolved

_FILLS = {"mean": "Mean colour", "blur": "Blur", "black": "Black"}


def paint(who: Visitor, chosen: Choice, found: Inside) -> None:
    """Show the photo to paint on."""
    from alexnet_core.explanation.methods.registry import METHODS
    from alexnet_core.explanation.target import Target

    quick = [
        name
        for name, row in METHODS.items()
        if row.cost == "gradient" and not refusal(chosen, found, name)
    ]
    first = chosen.opened if chosen.opened in quick else quick[0]
    with st.container(horizontal=True, key="paint-bar"):
        method = st.selectbox(
            "Map that follows",
            quick,
            index=quick.index(first),
            format_func=lambda name: METHODS[name].title,
            key=f"paint-method-{first}",
            help="Only methods of one or two passes are quick enough to follow.",
            width=220,
        )
        fill = st.segmented_control(
            "The network gets there",
            list(_FILLS),
            default="mean",
            format_func=_FILLS.__getitem__,
            key="paint-fill",
            required=True,
        )
    target = resolved(chosen, found)
    # The same class also once another one is predicted.
    pinned = Target(
        index=target.index, against=target.against, layer=target.layer, unit=target.unit
    )
    browser_component("pages/explain/paint")(
        key="explain-paint",
        data={
            "token": address(found),
            "side": found.model.config.input_size,
            "asked": Asked(method, pinned, chosen.options_of(method)).text(),
            "title": METHODS[method].title,
            "label": target.label,
            "fill": fill,
            "rows": rows(who, chosen, found),
        },
    )
