"""The three browser components of the page: the strip of layers, the grid, the unit at large."""

from __future__ import annotations

import streamlit as st

from alexnet_core import rendering
from alexnet_core.errors import LabError
from dashboard.browser import browser_component
from dashboard.browser.choices import heard
from dashboard.common import caches
from dashboard.common.passes.passes import Inside
from dashboard.common.units import KINDS, noun
from dashboard.common.visitor import Visitor
from dashboard.pages.layers import choices
from dashboard.pages.layers.state import Look

_SECONDS = 3.0
"""Between two looks at a run."""


def strip(who: Visitor, chosen: Look, found: Inside) -> None:
    """Every layer with its strongest map; a click chooses one."""
    browser_component("pages/layers/strip")(
        key="layer-strip",
        data={
            "heard": heard(choices.KEY),
            "token": found.token,
            "layer": who.layer,
            "kinds": KINDS,
        },
        on_choices_change=choices.taken("layer-strip", who, chosen, found),
        on_gone_change=_look_again,
    )


def grid(who: Visitor, chosen: Look, found: Inside) -> None:
    """The maps or filters of the chosen layer."""
    spec = found.model.config.layer(who.layer)
    views = ["maps", "filters"] if spec.kind == "conv" else ["maps"]
    view = chosen.view if chosen.view in views else "maps"

    browser_component("pages/layers/grid")(
        key="layer-grid",
        data={
            "heard": heard(choices.KEY),
            "token": found.token,
            "layer": who.layer,
            "view": view,
            "wanted": chosen.view,
            "views": views,
            "unit": who.unit,
            "sort": chosen.sort,
            "noun": "filter" if view == "filters" else noun(spec),
            "file": f"{who.layer}-{view}",
        },
        on_choices_change=choices.taken("layer-grid", who, chosen, found),
        on_gone_change=_look_again,
    )


def unit_view(who: Visitor, chosen: Look, found: Inside, *, covering: bool) -> None:
    """The chosen unit's map, alone and over the photo."""
    size = caches.decoded(found.source).image.size
    browser_component("pages/layers/unit")(
        key="unit-view",
        data={
            "heard": heard(choices.KEY),
            "token": found.token,
            "layer": who.layer,
            "unit": who.unit,
            "noun": noun(found.model.config.layer(who.layer)),
            "title": found.source.title,
            "from": f"{found.source.title} in {found.reference}",
            "part": list(rendering.visible_part(size, found.model.transform)),
            "ratio": round(size[0] / size[1], 5),
            "covering": covering,
            "box": list(chosen.box) if chosen.box else None,
        },
        on_choices_change=choices.taken("unit-view", who, chosen, found),
    )


def follow(found: Inside) -> None:
    """Run the page again as soon as the model's name means other weights: a run moved on."""
    if found.reference.startswith("run:"):
        st.fragment(_watch, run_every=_SECONDS)(found.reference, found.identity)


def _watch(reference: str, identity: str) -> None:
    try:
        same = caches.identity(reference) == identity
    except LabError:
        # The page says what is wrong.
        same = False
    if not same:
        st.rerun()


def _look_again() -> None:
    """The script runs again by itself and makes the pass anew."""
