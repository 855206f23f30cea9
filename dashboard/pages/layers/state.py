"""What one visitor has chosen on the page Layers beside the layer and its unit."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.common import visitor
from dashboard.common.visitor import Visitor

VIEWS = ("maps", "filters")
SORTS = ("index", "strength", "sparsity")
PARTS = ("Numbers", "Excited by", "From and to", "Change")

_KEY = "look"
_PARTS = {name.lower().replace(" ", "-"): name for name in PARTS}
"""Parts by their name in a link."""

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
        found = st.session_state[_KEY] = _from_link()
    if who.part:
        found.part, who.part = _PARTS.get(who.part, found.part), ""
    return found


def publish(who: Visitor, chosen: Look) -> None:
    """Write the choices into the address bar, so that it is a permanent link."""
    more = {"layer": who.layer, "unit": str(who.unit)}
    if chosen.view != VIEWS[0]:
        more["view"] = chosen.view
    if chosen.sort != SORTS[0]:
        more["sort"] = chosen.sort
    if chosen.part != PARTS[0]:
        more["part"] = chosen.part.lower().replace(" ", "-")
    visitor.publish(who, **more)


def _from_link() -> Look:
    said = st.query_params.to_dict()
    found = Look()
    if said.get("view") in VIEWS:
        found.view = said["view"]
    if said.get("sort") in SORTS:
        found.sort = said["sort"]
    found.part = _PARTS.get(said.get("part", ""), PARTS[0])
    return found
