"""What the network answers when a channel is muted or a part of the picture is covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from alexnet_core.data import datasets
from alexnet_core.errors import LabError
from dashboard.common import caches
from dashboard.common.format import number, percent, plain
from dashboard.common.passes.passes import Inside
from dashboard.common.units import noun
from dashboard.common.visitor import Visitor
from dashboard.pages.layers.panels.answers import before_after
from dashboard.pages.layers.state import Look

if TYPE_CHECKING:
    from alexnet_core.inspection.ablation import Ablation

WHAT = ("The unit", "The picture")

_MODES: dict[str, Literal["mean", "blur"]] = {"Mean colour": "mean", "Blur": "blur"}
_COUNTED = 500
"""Pictures on which the accuracy is measured."""


def changed(who: Visitor, chosen: Look, found: Inside) -> bool:
    """Show what changes; gives whether a part of the photo is being covered."""
    what = st.segmented_control(
        "What to change",
        WHAT,
        default=WHAT[0],
        key="layers-what",
        required=True,
        label_visibility="collapsed",
    )
    try:
        if what == WHAT[1]:
            _covered(who, chosen, found)
        else:
            _ablated(who, found)
    except LabError as error:
        st.warning(plain(str(error)), icon=":material/error:")
    return what == WHAT[1]


def _ablated(who: Visitor, found: Inside) -> None:
    from alexnet_core.inspection import ablation

    named = noun(found.model.config.layer(who.layer))
    factor = st.slider(
        f"Multiply this {named} by",
        0.0,
        5.0,
        0.0,
        0.25,
        key="lesion-factor",
        help="0 mutes it, 1 leaves it as it is.",
    )
    others = st.toggle(f"Multiply all the others instead; this {named} stays", key="lesion-others")
    change = ablation.Ablation(layer=who.layer, units=(who.unit,), factor=factor, keep_only=others)
    every = len(found.model.categories)
    pixels = found.captured.pixels
    before_after(
        ablation.answer(found.model, pixels, top=every),
        ablation.answer(found.model, pixels, [change], top=every),
        "After",
    )
    _accuracy(found, change)


def _accuracy(found: Inside, change: Ablation) -> None:
    """On request: what the change does to many pictures, not to this one alone."""
    from alexnet_core.inspection import ablation

    card = found.model.card
    here = {entry.name for entry in datasets.listing() if entry.here and entry.test}
    if card is None or card.dataset not in here:
        return
    wanted = st.button(
        f"Measure on {_COUNTED} test pictures of {plain(card.dataset)}",
        icon=":material/speed:",
        key="lesion-accuracy",
    )
    if not wanted:
        return
    bar = st.progress(0.0, "Looking at pictures")
    shares = []
    for part, changes in enumerate([[], [change]]):

        def progress(done: int, total: int, part: int = part) -> None:
            bar.progress(min((part + done / max(total, 1)) / 2, 1.0), "Looking at pictures")

        measured = ablation.accuracy(
            found.model, card.dataset, "test", changes, limit=_COUNTED, progress=progress
        )
        shares.append(measured.top1)
    bar.empty()
    st.markdown(f"Right answers: **{percent(shares[0])}** before, **{percent(shares[1])}** after.")


def _covered(who: Visitor, chosen: Look, found: Inside) -> None:
    from alexnet_core.inspection import ablation
    from alexnet_core.inspection.capture import capture

    mode = st.segmented_control(
        "Cover with", list(_MODES), default="Mean colour", key="cover-mode", required=True
    )
    if chosen.box is None:
        st.markdown(
            "Draw a box on the photo above. What is below it the network then does not see."
        )
        st.button(
            "Cover the middle",
            icon=":material/crop_free:",
            on_click=_cover_middle,
            args=[chosen],
            key="cover-middle",
        )
        return
    st.button(
        "Cover nothing", icon=":material/undo:", key="uncover", on_click=_uncover, args=[chosen]
    )
    pixels = ablation.cover(
        found.captured.pixels, _in_input(found, chosen.box), _MODES[mode or "Mean colour"]
    )
    again, every = capture(found.model, pixels), len(found.model.categories)
    before_after(
        ablation.answer(found.model, found.captured.pixels, top=every),
        ablation.answer(found.model, pixels, top=every),
        "Covered",
    )
    now, then = (
        float(np.max(taken.outputs[who.layer][who.unit])) for taken in (found.captured, again)
    )
    st.caption(f"The largest value of this unit goes from {number(now)} to {number(then)}.")


def _cover_middle(chosen: Look) -> None:
    chosen.box = (0.4, 0.4, 0.2, 0.2)


def _uncover(chosen: Look) -> None:
    chosen.box = None


def _in_input(
    found: Inside, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom in pixels of the input."""
    from alexnet_core.data.geometry import Box

    wide, high = caches.decoded(found.source).image.size
    left, top, width, height = box
    on_photo = Box(left * wide, top * high, (left + width) * wide, (top + height) * high)
    box_in_input = found.model.transform.placement((wide, high)).back(on_photo)
    return box_in_input.left, box_in_input.top, box_in_input.right, box_in_input.bottom
