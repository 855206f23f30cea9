"""The channels that feed a unit and those that it feeds, each a way there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import streamlit as st

from alexnet_core.rendering import DIVERGING
from dashboard.browser import browser_component
from dashboard.browser.choices import heard
from dashboard.common.passes.passes import Inside
from dashboard.common.units import noun
from dashboard.common.visitor import Visitor
from dashboard.pages.layers import choices
from dashboard.pages.layers.state import Look

if TYPE_CHECKING:
    from alexnet_core.inspection.contributions import Contribution, Contributions, Feeding

_MOST = 8
"""Channels shown on each side."""

_COLOURS = ("red", "green", "blue")


def ways(who: Visitor, chosen: Look, found: Inside) -> None:
    """Show where the unit's strongest value comes from on this picture, and where it goes."""
    from alexnet_core.inspection import contributions

    network, captured = found.model.network, found.captured
    with found.model.lock:
        below = contributions.below(network, captured, who.layer, who.unit)
        above = contributions.above(network, captured, who.layer, who.unit)
    groups = [_below(found, below)]
    if above.layer_above:
        groups.append(_above(found, above))

    browser_component("pages/layers/walk")(
        key="unit-walk",
        data={
            "heard": heard(choices.KEY),
            "token": found.token,
            "groups": groups,
            "colours": {"up": DIVERGING[8], "down": DIVERGING[2]},
        },
        on_choices_change=choices.taken("unit-walk", who, chosen, found),
    )
    if not above.layer_above:
        st.caption("No layer follows: this is the score of a class, before softmax.")


def _below(found: Inside, made: Contributions) -> dict[str, Any]:
    at, config = made.at, found.model.config
    rest = made.value - made.bias - sum(part.value for part in made.parts[:_MOST])
    left = max(len(made.parts) - _MOST, 0)
    spec = config.layer(at.layer)
    place = f", row {at.row}, column {at.column}" if len(spec.out_shape) == 3 else ""
    known = {other.name for other in config.layers()}
    rows = _rows(found, made.layer_below, made.parts, link=made.layer_below in known)
    if left:
        rows.append(_row(f"{left} more", rest))
    rows += [_row("bias", made.bias), _row("sum", made.value)]
    return {
        "title": f"From {made.layer_below if made.layer_below in known else 'the picture'}",
        "layer": made.layer_below,
        "noun": "channel" if made.layer_below not in known else _noun(found, made.layer_below),
        "note": f"What makes {at.layer}, {noun(spec)} {at.channel}{place}.",
        "parts": rows,
    }


def _above(found: Inside, feeding: Feeding) -> dict[str, Any]:
    silent = all(part.value == 0 for part in feeding.parts)
    return {
        "title": f"To {feeding.layer_above}",
        "layer": feeding.layer_above,
        "noun": _noun(found, feeding.layer_above),
        "note": "It is silent on this picture and adds nothing."
        if silent
        else "What it adds to each, where it adds most.",
        "parts": [] if silent else _rows(found, feeding.layer_above, feeding.parts, link=True),
    }


def _rows(
    found: Inside, layer: str, parts: Iterable[Contribution], *, link: bool
) -> list[dict[str, Any]]:
    last = found.model.config.layers()[-1].name

    def named(channel: int) -> str:
        if layer == last:
            return found.model.categories[channel]
        return str(channel) if link else _COLOURS[channel]

    return [
        {
            "unit": part.channel,
            "name": named(part.channel),
            "value": _short(part.value),
            "link": link,
        }
        for part in list(parts)[:_MOST]
    ]


def _row(name: str, value: float) -> dict[str, Any]:
    return {"unit": -1, "name": name, "value": _short(value), "link": False, "sum": name == "sum"}


def _noun(found: Inside, layer: str) -> str:
    return noun(found.model.config.layer(layer))


def _short(value: float) -> float | None:
    # NaN is no JSON.
    return float(f"{value:.4g}") if abs(value) < float("inf") else None
