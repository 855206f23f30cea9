"""The weights behind a unit as pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_core import rendering
from dashboard.common import caches
from dashboard.common.format import number
from dashboard.common.html import show, tag
from dashboard.common.passes.passes import Inside, largest
from dashboard.common.units import WEIGHTED, behind, noun
from dashboard.common.visitor import Visitor

if TYPE_CHECKING:
    from alexnet_core.inspection.filters import Incoming

_WIDE, _HIGH = 420, 220
"""Pixels that the slices may take together."""
_GAP = 3
_PICTURE = 110
_MOST = 400
"""Slices shown; more would be too small to see."""


def weights(who: Visitor, found: Inside) -> None:
    """Show the kernel or the incoming weights of the layer that makes the unit."""
    from alexnet_core.inspection import filters

    spec, unit = behind(found.model.config, who.layer, who.unit, WEIGHTED)
    with found.model.lock:
        mine = filters.incoming(found.model.network, spec.name, unit)
        order = () if mine.weights.ndim == 1 else filters.ranked(mine.weights)
    other = "" if spec.name == who.layer else f" of {spec.name}, {noun(spec)} {unit}"
    if mine.weights.ndim == 3 and len(mine.weights) == 3:
        picture = _rgb(mine.weights)
        said = (
            f"Its kernel{other}: {spec.kernel} × {spec.kernel} in red, green and blue; "
            "grey is zero."
        )
    elif mine.weights.ndim == 3:
        picture = _slices(mine.weights[list(order)])
        said = (
            f"Its kernel{other}: {len(order)} slices of {spec.kernel} × {spec.kernel}, one for "
            "each channel below that it sees, the largest first."
        )
    else:
        picture, said = _dense(mine, other)
    caption = tag("figcaption", f"{said} Its bias is {number(mine.bias)}.")
    show(tag("figure", tag("img", alt=said, src=picture), caption, class_="lab-weights"))


def _dense(mine: Incoming, other: str) -> tuple[str, str]:
    from alexnet_core.inspection import filters

    if mine.maps is None:
        return _slices(_square(mine.weights)[None]), (
            f"Its weights{other}: {len(mine.weights):,}, one for each value below, row by row."
        )
    order = filters.ranked(mine.maps)
    count, height, width = mine.maps.shape
    return _slices(mine.maps[list(order[:_MOST])]), (
        f"Its weights{other} as {count} maps of {height} × {width}, one for each channel that was "
        "flattened, the largest first."
    )


def _rgb(kernel: NDArray[np.floating]) -> str:
    picture = rendering.kernels(np.nan_to_num(kernel)[None])[0]
    return caches.address(rendering.png(rendering.enlarge(picture, _PICTURE)), "png")


def _slices(slices: NDArray[np.floating]) -> str:
    """(N, H, W) side by side, purple below zero and orange above, one scale for all."""
    whole = np.nan_to_num(slices, posinf=0.0, neginf=0.0)
    count, height, width = whole.shape
    colours = rendering.diverging(whole, largest(whole) or 1.0)
    # Enlarged as far as they then fill at most about half as much height as width.
    scale = max(1, min(12, int(math.sqrt(_WIDE * _HIGH / count) - _GAP) // max(width, height)))
    tall, wide = height * scale + _GAP, width * scale + _GAP
    columns = max(1, min(count, (_WIDE + _GAP) // wide))
    rows = math.ceil(count / columns)
    canvas = np.zeros((rows * tall - _GAP, columns * wide - _GAP, 4), dtype=np.uint8)
    for place, tile in enumerate(colours):
        down, across = divmod(place, columns)
        big = tile.repeat(scale, axis=0).repeat(scale, axis=1)
        top, left = down * tall, across * wide
        canvas[top : top + len(big), left : left + big.shape[1], :3] = big
        canvas[top : top + len(big), left : left + big.shape[1], 3] = 255
    return caches.address(rendering.png(canvas), "png")


def _square(values: NDArray[np.floating]) -> NDArray[np.floating]:
    side = math.ceil(math.sqrt(len(values)))
    square = np.zeros(side * math.ceil(len(values) / side), dtype=values.dtype)
    square[: len(values)] = values
    return square.reshape(-1, side)
