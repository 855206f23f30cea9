"""A picture made to excite a unit, with its steps; made when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core import rendering
from alexnet_core.errors import LabError
from dashboard.common import caches
from dashboard.common.format import number, plain
from dashboard.common.html import Html, tag
from dashboard.common.passes.passes import Inside
from dashboard.common.units import noun
from dashboard.common.visitor import Visitor

if TYPE_CHECKING:
    from alexnet_core.inspection.feature_visualization import Visualization

_LARGE, _SMALL = 224, 64
_KEPT = 64

Steps = list[tuple[int, float, str]]
"""For each picture on the way the step, the unit's value and an address that holds it."""


def dreamt(who: Visitor, found: Inside) -> None:
    """Offer to make the picture, or show the one that was made."""
    made = _made()
    key = f"{found.reference} {found.identity} {who.layer} {who.unit}"
    named = noun(found.model.config.layer(who.layer))
    st.markdown("**A picture made for it**")
    if key not in made and not st.button(
        f"Make a picture that excites this {named}",
        icon=":material/auto_awesome:",
        key="dream",
        help="Begins with noise and climbs the gradient of the unit; takes some seconds.",
    ):
        return
    place = st.empty()
    if key not in made:
        steps: Steps = []
        try:
            _climb(who, found, steps, place)
        except LabError as error:
            place.warning(plain(str(error)), icon=":material/error:")
            return
        while len(made) >= _KEPT:
            del made[next(iter(made))]
        made[key] = steps
    place.html(_film(made[key], named))


def _climb(
    who: Visitor, found: Inside, steps: Steps, place: st.delta_generator.DeltaGenerator
) -> None:
    from alexnet_core.inspection.feature_visualization import visualize

    named = noun(found.model.config.layer(who.layer))
    for shown in visualize(found.model, who.layer, who.unit):
        steps.append((shown.step, shown.value, _address(shown)))
        place.html(_film(steps, named))


def _address(shown: Visualization) -> str:
    if max(shown.pixels.shape) <= _SMALL:
        return caches.address(rendering.png(shown.pixels), "png")
    return caches.address(rendering.jpeg(shown.pixels), "jpeg")


def _film(steps: Steps, named: str) -> Html:
    """The newest picture large, all of them small below."""
    last, value, address = steps[-1]
    small = (
        tag("figure", tag("img", alt=f"After step {step}", src=image), tag("figcaption", step))
        for step, _, image in steps
    )
    mean = " on average over its map" if named == "channel" else ""
    first = number(steps[0][1])
    said = f"This {named} gives {number(value)}{mean} after {last} steps, {first} at first."
    beside = tag("div", tag("p", said), tag("div", small))
    return tag("div", tag("img", alt=said, src=address), beside, class_="lab-dream")


@st.cache_resource(show_spinner=False)
def _made() -> dict[str, Steps]:
    """The pictures made so far, for all visitors; the oldest go."""
    return {}
