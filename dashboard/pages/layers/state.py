"""What one visitor has chosen on the page Layers beside the layer and its unit."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.common import links
from dashboard.common.links import Link
from dashboard.common.passes import passes
from dashboard.common.passes.passes import Inside
from dashboard.common.units import noun, refusal
from dashboard.common.visitor import EXCITED, Visitor

VIEWS = ("maps", "filters")
SORTS = ("index", "strength", "sparsity")
PARTS = ("Numbers", EXCITED, "From and to", "Change")

_KEY = "look"

Box = tuple[float, float, float, float]
"""Left, top, width and height as shares of the photo."""


@dataclass
class Look:
    """The choices of one visitor."""

    view: str = VIEWS[0]
    sort: str = SORTS[0]
    part: str = PARTS[0]
    """What the panel of the unit shows."""
    box: Box | None = None
    """The part of the photo that is covered."""
    job: str = ""
    """The ranking that this visitor began last."""
    said: str = ""
    """Why a choice could not be kept, told once."""


def look(who: Visitor) -> Look:
    """The one of this session; a new session begins as its link says."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Look):
        found = st.session_state[_KEY] = Look()
        LINK.take(found)
    if who.part:
        found.part, who.part = who.part, ""
    return found


def settle(who: Visitor, found: Inside) -> list[str]:
    """Choose a layer and unit that are there; gives a sentence for whatever can't be had."""
    config, outputs = found.model.config, found.captured.outputs
    said = [found.captured.warning] if found.captured.warning else []
    first = config.layers()[0].name
    if not who.layer:
        who.look_into(first, passes.strongest(outputs[first]))
    refused = refusal(config, who.layer, who.unit)
    if refused is not None:
        layer = who.layer if who.layer in outputs else first
        who.look_into(layer, passes.strongest(outputs[layer]))
        named = noun(config.layer(layer))
        said.append(f"{refused} Shown is {layer}, {named} {who.unit}, its strongest.")
    return said


LINK: Link[Look] = Link(
    "layers",
    links.one_of("view", "view", VIEWS),
    links.one_of("sort", "sort", SORTS),
    links.one_of("part", "part", PARTS),
)
