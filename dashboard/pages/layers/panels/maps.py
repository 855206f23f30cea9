"""The three browser components of the page: the strip of layers, the grid, the unit at large."""

from __future__ import annotations

import streamlit as st

from alexnet_core import rendering
from alexnet_core.errors import LabError
from dashboard.browser import browser_component
from dashboard.common import caches
from dashboard.common.passes import passes
from dashboard.common.passes.passes import Inside
from dashboard.common.units import KINDS, noun
from dashboard.common.visitor import Visitor
from dashboard.pages.layers.state import SORTS, Look

_SECONDS = 3.0
"""Between two looks at a run."""


def strip(who: Visitor, found: Inside) -> None:
    """Every layer with its strongest map; a click chooses one."""
    names = {spec.name for spec in found.model.config.layers()}

    def picked() -> None:
        layer = st.session_state["layer-strip"].picked
        if layer in names and layer != who.layer:
            who.look_into(layer, _kept(found, who, layer))

    browser_component("pages/layers/strip")(
        key="layer-strip",
        data={"token": found.token, "layer": who.layer, "kinds": KINDS},
        on_picked_change=picked,
        on_gone_change=_look_again,
    )


def grid(who: Visitor, chosen: Look, found: Inside) -> None:
    """The maps or filters of the chosen layer."""
    spec = found.model.config.layer(who.layer)
    views = ["maps", "filters"] if spec.kind == "conv" else ["maps"]
    view = chosen.view if chosen.view in views else "maps"

    def picked() -> None:
        said = st.session_state["layer-grid"].chosen
        # A layer that was left meanwhile has no say any more.
        if said and said["layer"] == who.layer and 0 <= said["unit"] < spec.out_shape[0]:
            who.unit = said["unit"]

    def changed() -> None:
        said = st.session_state["layer-grid"].changed or {}
        if said.get("view") in views:
            chosen.view = said["view"]
        if said.get("sort") in SORTS:
            chosen.sort = said["sort"]

    browser_component("pages/layers/grid")(
        key="layer-grid",
        data={
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
        on_chosen_change=picked,
        on_changed_change=changed,
        on_gone_change=_look_again,
    )


def unit_view(who: Visitor, chosen: Look, found: Inside, *, covering: bool) -> None:
    """The chosen unit's map, alone and over the photo."""
    size = caches.decoded(found.source).image.size

    def covered() -> None:
        box = st.session_state["unit-view"].covered
        if isinstance(box, list) and len(box) == 4 and all(0 <= share <= 1 for share in box):
            chosen.box = (box[0], box[1], box[2], box[3])

    browser_component("pages/layers/unit")(
        key="unit-view",
        data={
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
        on_covered_change=covered,
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


def _kept(found: Inside, who: Visitor, layer: str) -> int:
    """The same channel in another layer of its block, else the strongest."""
    config = found.model.config
    now, then = config.layer(who.layer), config.layer(layer)
    same = now.out_shape[0] == then.out_shape[0] and now.name[-1:] == then.name[-1:]
    return who.unit if same else passes.strongest(found.captured.outputs[layer])


def _look_again() -> None:
    """The script runs again by itself and makes the pass anew."""
