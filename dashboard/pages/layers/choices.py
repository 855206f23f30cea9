"""What is chosen in the browser components of the page, in the order in which it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.browser.choices import unheard
from dashboard.common.passes import passes
from dashboard.common.passes.passes import Inside
from dashboard.common.units import refusal
from dashboard.common.visitor import Visitor
from dashboard.pages.layers.state import SORTS, VIEWS, Look

KEY = "layers"
"""Names the choices of the page: its components share them, so that their order is kept."""


def taken(element: str, who: Visitor, chosen: Look, found: Inside) -> Callable[[], None]:
    """What to do when that component says something."""

    def take() -> None:
        for what in unheard(KEY, st.session_state[element].choices):
            _take(who, chosen, found, what)

    return take


def _take(who: Visitor, chosen: Look, found: Inside, what: Mapping[str, Any]) -> None:
    """Take one choice; what the network has not is passed over."""
    layer, unit, box = what.get("layer"), what.get("unit"), what.get("box")
    if isinstance(layer, str):
        if unit is None:
            if layer != who.layer and layer in found.captured.outputs:
                who.look_into(layer, _kept(found, who, layer))
        elif type(unit) is int and refusal(found.model.config, layer, unit) is None:
            who.look_into(layer, unit)
    if what.get("wanted") in VIEWS:
        chosen.view = what["wanted"]
    if what.get("sort") in SORTS:
        chosen.sort = what["sort"]
    if isinstance(box, list) and len(box) == 4 and all(_share(side) for side in box):
        chosen.box = (box[0], box[1], box[2], box[3])


def _share(side: object) -> bool:
    return isinstance(side, (int, float)) and 0 <= side <= 1


def _kept(found: Inside, who: Visitor, layer: str) -> int:
    """The same channel in another layer of its block, else the strongest."""
    config = found.model.config
    now, then = config.layer(who.layer), config.layer(layer)
    same = now.out_shape[0] == then.out_shape[0] and now.name[-1:] == then.name[-1:]
    return who.unit if same else passes.strongest(found.captured.outputs[layer])
