"""Many small pictures on one sheet: a layer's maps, a unit's patches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from alexnet_core import rendering
from alexnet_core.data.geometry import Box

GAP = 2
"""Pixels between two tiles, and around all."""

_MAP, _UNIT = 64, 12
"""Side in pixels to which small maps, and the single values of a flat layer, are enlarged."""


def maps(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """What a layer gave, every channel a tile, row by row.

    Args:
        values: finite, (C, H, W) or (features,).

    Returns:
        RGB (height, width, 3) in the colours of `rendering.diverging`: zero is white, the value
        farthest from zero in the whole layer has the darkest colour.
    """
    limit = float(np.abs(values).max()) or 1.0
    flat = values.ndim == 1
    coloured = rendering.diverging(values[:, None, None] if flat else values, limit)
    return sheet([rendering.enlarge(tile, _UNIT if flat else _MAP) for tile in coloured])


def patch(image: Image.Image, box: Box, side: int) -> NDArray[np.uint8]:
    """A part of a picture in the middle of a square tile, every pixel of a small one to be seen.

    Args:
        image: RGB.
        box: the part; widened to whole pixels.
        side: of the tile.

    Returns:
        RGB (side, side, 3).
    """
    left, top = (
        math.floor(min(box.left, image.width - 1)),
        math.floor(min(box.top, image.height - 1)),
    )
    right, bottom = max(left + 1, math.ceil(box.right)), max(top + 1, math.ceil(box.bottom))
    part = rendering.shrink(image.crop((left, top, right, bottom)), side)
    pixels = rendering.enlarge(rendering.pixels(part), side)
    tile = _empty(side, side)
    height, width = pixels.shape[:2]
    y, x = (side - height) // 2, (side - width) // 2
    tile[y : y + height, x : x + width] = pixels
    return tile


def sheet(tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Tiles of one size, at least one, side by side on a dark sheet as near to square as can be.

    Returns:
        RGB (height, width, 3).
    """
    columns = math.ceil(math.sqrt(len(tiles)))
    height, width = (side + GAP for side in tiles[0].shape[:2])
    whole = _empty(math.ceil(len(tiles) / columns) * height + GAP, columns * width + GAP)
    for number, tile in enumerate(tiles):
        y, x = (
            GAP + place * side
            for place, side in zip(divmod(number, columns), (height, width), strict=True)
        )
        whole[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    return whole


def _empty(height: int, width: int) -> NDArray[np.uint8]:
    colour = ImageColor.getrgb(rendering.DIVERGING[0])
    return np.full((height, width, 3), colour, np.uint8)
