"""What one visitor has chosen on the page Layers beside the layer and its unit."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.common import links
from dashboard.common.links import Link
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


LINK: Link[Look] = Link(
    "layers",
    links.one_of("view", "view", VIEWS),
    links.one_of("sort", "sort", SORTS),
    links.one_of("part", "part", PARTS),
)
