"""What goes to the browser for a choice; the same bytes as long as only the place is another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from alexnet_core import rendering
from dashboard.common import theme
from dashboard.common.passes.passes import Inside
from dashboard.pages.pixels.state import SOFTMAX, Choice, moves_over_units, strongest

if TYPE_CHECKING:
    from alexnet_core.inspection.arithmetic.window import Window

_KEY = "pixels-sent"


class Sent(NamedTuple):
    """A window on its way."""

    data: bytes
    note: str
    """A sentence about what is left out, or nothing."""


@dataclass(frozen=True)
class _Opening:
    """What was chosen when a window was first sent."""

    name: str
    unit: int | None
    place: tuple[int, int] | None
    channel: int | None


def packed(seen: Inside, chosen: Choice, *, key: str) -> Sent:
    """The window of a choice that was settled.

    Where only row, column or input channel changed, the browser knows already: it gets the same
    bytes as before, and Streamlit sends them once.

    Args:
        seen: what the network made of the picture.
        chosen: a choice that the network has.
        key: of the element that shows it; a new element needs what is chosen now.

    Raises:
        LabError: one window of the layer is larger than a browser gets.
    """
    wanted = _opening(seen, chosen)
    kept = st.session_state.get(_KEY)
    opening = wanted
    if key in st.session_state and isinstance(kept, _Opening) and kept.name == wanted.name:
        opening = kept
    window = _look(seen, chosen.layer, opening)
    if not window.facts["whole"]:
        # Only the part around the place is there.
        window = _look(seen, chosen.layer, opening := wanted)
    st.session_state[_KEY] = opening
    more = _facts(seen, chosen.layer, opening)
    return Sent(window.packed(**more), _note(window))


def _opening(seen: Inside, chosen: Choice) -> _Opening:
    place = None
    if chosen.row is not None and chosen.column is not None:
        place = (chosen.row, chosen.column)
    name = f"{seen.token} {chosen.layer}"
    if not moves_over_units(seen.captured, chosen.layer):
        name += f" {chosen.unit}"
    return _Opening(name, chosen.unit, place, chosen.channel)


def _look(seen: Inside, layer: str, opening: _Opening) -> Window:
    from alexnet_core.inspection.arithmetic import window

    unit = strongest(seen.captured, layer) if opening.unit is None else opening.unit
    with seen.model.lock:
        return window.look(seen.model.network, seen.captured, layer, unit, opening.place)


def _facts(seen: Inside, layer: str, opening: _Opening) -> dict[str, Any]:
    layers = [{"name": spec.name, "kind": spec.kind} for spec in seen.captured.config.layers()]
    place: dict[str, int] | None = None
    if opening.place is not None:
        place = {"row": opening.place[0], "column": opening.place[1]}
    elif opening.unit is not None and moves_over_units(seen.captured, layer):
        place = {"unit": opening.unit}
    return {
        "id": opening.name,
        "layers": [*layers, {"name": SOFTMAX, "kind": SOFTMAX}],
        "place": place,
        "channel": opening.channel,
        "scale": list(rendering.DIVERGING),
        "colours": list(theme.CLASS_COLOURS),
        "labels": list(seen.model.categories) if layer in (SOFTMAX, layers[-1]["name"]) else [],
    }


def _note(window: Window) -> str:
    facts = window.facts
    if facts["whole"]:
        return ""
    if "outputOrigin" in facts:
        top, left = facts["outputOrigin"]
        rows, columns = window.arrays["output"].shape
        return (
            f"{facts['layer']} is too large to be sent as a whole: these are rows {top} to "
            f"{top + rows - 1} and columns {left} to {left + columns - 1} of what it gives. "
            "Keep a place, and the part around it comes."
        )
    if "first" in facts:
        first = facts["first"]
        last = first + len(window.arrays["output"]) - 1
        return (
            f"{facts['layer']} is too large to be sent as a whole: these are units {first:,} to "
            f"{last:,}."
        )
    return ""
