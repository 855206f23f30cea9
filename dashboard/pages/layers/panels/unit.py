"""All about the chosen unit: large, in numbers, what excites it, its ways, and without it."""

from __future__ import annotations

import streamlit as st

from dashboard.common.format import plain
from dashboard.common.navigation import page_file
from dashboard.common.passes.passes import Inside
from dashboard.common.units import KINDS, noun, shape
from dashboard.common.visitor import Visitor
from dashboard.pages.layers.panels import ablation, connections, numbers, top_activations
from dashboard.pages.layers.panels.maps import unit_view
from dashboard.pages.layers.state import PARTS, Look

ARCHITECTURE, PIXELS = "architecture", "pixels"


def panel(who: Visitor, chosen: Look, found: Inside) -> None:
    """Show the chosen unit."""
    spec = found.model.config.layer(who.layer)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"
    ):
        st.subheader(plain(_title(who, found)), anchor=False, width="content")
        with st.container(horizontal=True, gap="xsmall", width="content", key="layers-ways"):
            for page, label, icon in (
                (PIXELS, "Pixel by pixel", ":material/grid_on:"),
                (ARCHITECTURE, "Architecture", ":material/account_tree:"),
            ):
                st.page_link(
                    page_file(page),
                    label=label,
                    icon=icon,
                    help=f"The same layer on the page {label}",
                    query_params={"layer": who.layer, "unit": str(who.unit)},
                )
    st.caption(f"{KINDS[spec.kind].capitalize()}, {shape(spec)}")
    view = st.container()
    shown = st.tabs(list(PARTS), key="layers-part", on_change="rerun", default=chosen.part)
    tabs = dict(zip(PARTS, shown, strict=True))
    chosen.part = next(name for name, tab in tabs.items() if tab.open)
    covering = False
    with tabs[chosen.part]:
        if chosen.part == "Numbers":
            numbers.numbers(who, found)
        elif chosen.part == "Excited by":
            top_activations.excites(who, chosen, found)
        elif chosen.part == "From and to":
            connections.ways(who, chosen, found)
        else:
            covering = ablation.changed(who, chosen, found)
    with view:
        unit_view(who, chosen, found, covering=covering)


def _title(who: Visitor, found: Inside) -> str:
    spec = found.model.config.layer(who.layer)
    named = f"{who.layer}, {noun(spec)} {who.unit}"
    last = found.model.config.layers()[-1]
    return f"{named}: {found.model.categories[who.unit]}" if spec == last else named
