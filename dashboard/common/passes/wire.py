"""Maps and filters as the browser gets them: a head of JSON, then a byte for each value.

Each map is spread over 0 to 255 between its own lowest and highest value, both in the head. So
the browser knows every value to a 255th of its map's span, and the ends and the zeros of a ReLU
exactly; it colours by whatever range a person asks for, without another request.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_core import rendering
from alexnet_core.data.geometry import Box
from alexnet_core.inspection import filters, receptive_field
from alexnet_core.inspection.receptive_field import field, map_placement, on_original
from dashboard.common import caches
from dashboard.common.passes import passes
from dashboard.common.passes.passes import Inside

DIGITS = 5


def strip(found: Inside) -> bytes:
    """Every layer with its strongest map."""
    layers, planes = [], []
    for spec in found.model.config.layers():
        values = found.captured.outputs[spec.name]
        channel = passes.strongest(values) if values.ndim == 3 else 0
        plane = values[channel] if values.ndim == 3 else _square(values)
        levels, lowest, highest = quantised(plane[None])
        layers.append(
            {
                "name": spec.name,
                "kind": spec.kind,
                "shape": values.shape,
                "channel": channel,
                "size": plane.shape,
                "lowest": lowest[0],
                "highest": highest[0],
                "limit": _short(passes.largest(plane) or 1.0),
            }
        )
        planes.append(levels)
    return packed({"colours": rendering.DIVERGING, "layers": layers}, planes)


def maps(found: Inside, layer: str) -> bytes:
    """What a layer gave: every channel as a map, a flat layer's values as maps of one pixel.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    values = found.captured.output(layer)
    values = values if values.ndim == 3 else values[:, None, None]
    levels, lowest, highest = quantised(values)
    flat = values.reshape(len(values), -1).astype(np.float64)
    head = {
        "colours": rendering.DIVERGING,
        "shape": values.shape,
        "lowest": lowest,
        "highest": highest,
        "strength": _finite(np.abs(flat).mean(axis=1)),
        "sparsity": _finite((flat == 0).mean(axis=1)),
        "layer_limit": _short(passes.largest(values) or 1.0),
        "global_limit": _short(found.limit),
        **_places(found, layer, values.shape[1], values.shape[2]),
    }
    return packed(head, [levels])


def kernels(found: Inside, layer: str) -> bytes:
    """The filters of a convolution: of a first one as colours, else each one's largest slice.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: it is no convolution.
    """
    weights = filters.kernels(found.model.network, layer)
    head: dict[str, Any] = {
        "colours": rendering.DIVERGING,
        "strength": _finite(filters.norms(weights)),
        "sparsity": _finite((weights == 0).mean(axis=(1, 2, 3))),
    }
    if weights.shape[1] == 3:
        pictures = rendering.kernels(weights)
        return packed(head | {"rgb": True, "shape": pictures.shape[:3]}, [pictures])
    slices = (weights.astype(np.float64) ** 2).sum(axis=(2, 3)).argmax(axis=1)
    shown = weights[np.arange(len(weights)), slices]
    levels, lowest, highest = quantised(shown)
    limit = _short(passes.largest(shown) or 1.0)
    head |= {
        "shape": shown.shape,
        "lowest": lowest,
        "highest": highest,
        "slices": slices.tolist(),
        "layer_limit": limit,
        "global_limit": limit,
    }
    return packed(head, [levels])


def effective(found: Inside, layer: str, unit: int, row: int, column: int) -> bytes:
    """How strongly one value answers to each pixel of the input.

    Raises:
        LabError: there is no such place, or its gradient is no number.
    """
    model = found.model
    sizes = receptive_field.effective(model, found.captured.pixels, layer, unit, row, column)
    levels, lowest, highest = quantised(sizes[None])
    side = model.transform.input_size
    size = caches.decoded(found.source).image.size
    head = {
        "colours": rendering.DIVERGING,
        "shape": (1, side, side),
        "lowest": lowest,
        "highest": highest,
        "cover": _over(found, Box(0, 0, side, side), size),
    }
    return packed(head, [levels])


def photo(found: Inside) -> tuple[bytes, str]:
    """The picture at a size for the screen, and its type."""
    image = rendering.shrink(caches.decoded(found.source).image, caches.PREVIEW)
    if max(image.size) <= caches.SEEN:
        return rendering.png(image), "image/png"
    return rendering.jpeg(image), "image/jpeg"


def quantised(
    values: NDArray[np.floating],
) -> tuple[NDArray[np.uint8], list[float | None], list[float | None]]:
    """Maps (N, H, W) as bytes, with the lowest and highest value of each.

    A map that holds NaN or infinity is all zero and has no ends.
    """
    flat = values.reshape(len(values), -1).astype(np.float64)
    whole = np.logical_and.reduce(np.isfinite(flat), axis=1)
    flat = np.where(whole[:, None], flat, 0.0)
    lowest, highest = flat.min(axis=1), flat.max(axis=1)
    span = np.where(highest > lowest, highest - lowest, 1.0)
    levels = ((flat - lowest[:, None]) / span[:, None] * 255).round().astype(np.uint8)

    def ends(numbers: NDArray[np.float64]) -> list[float | None]:
        pairs = zip(numbers.tolist(), whole.tolist(), strict=True)
        return [_short(number) if sound else None for number, sound in pairs]

    return levels, ends(lowest), ends(highest)


def packed(head: dict[str, Any], arrays: Iterable[NDArray[np.uint8]]) -> bytes:
    """The length of the head (four bytes, the lowest first), the head, the bytes."""
    said = json.dumps(head, separators=(",", ":"), allow_nan=False).encode()
    body = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    return len(said).to_bytes(4, "little") + said + body


def _places(found: Inside, layer: str, height: int, width: int) -> dict[str, Any]:
    """Where each row and column of the maps looks on the photo, and where they lie over it."""
    model = found.model
    size = caches.decoded(found.source).image.size
    if layer not in found.captured.outputs:
        # The softmax sees what the last layer sees.
        layer = list(found.captured.outputs)[-1]

    def seen(row: int, column: int) -> Box:
        return on_original(field(model.config, layer, row, column), model.transform, size)

    rows = [seen(row, 0) for row in range(height)]
    columns = [seen(0, column) for column in range(width)]
    start, end = map_placement(model.config, layer).cover()
    return {
        "rows": [_shares([box.top, box.bottom], size[1]) for box in rows],
        "columns": [_shares([box.left, box.right], size[0]) for box in columns],
        "cover": _over(found, Box(start, start, end, end), size),
    }


def _over(found: Inside, box: Box, size: tuple[int, int]) -> list[float]:
    """Left, right, top and bottom of a box in the input, as shares of the photo."""
    over = found.model.transform.placement(size).onto(box)
    return [*_shares([over.left, over.right], size[0]), *_shares([over.top, over.bottom], size[1])]


def _shares(places: list[float], length: int) -> list[float]:
    return [round(place / length, 5) for place in places]


def _square(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """(F,) values in rows of a square; places that are left over are zero."""
    side = math.ceil(math.sqrt(len(values)))
    square = np.zeros(side * math.ceil(len(values) / side), dtype=values.dtype)
    square[: len(values)] = values
    return square.reshape(-1, side)


def _finite(numbers: NDArray[np.floating]) -> list[float | None]:
    return [_short(number) if math.isfinite(number) else None for number in numbers.tolist()]


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
