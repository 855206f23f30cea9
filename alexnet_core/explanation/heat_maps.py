"""Explanations as pictures and files."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alexnet_core import rendering
from alexnet_core.explanation.attribution import Explanation

PERCENTILE = 99.5
"""Below the end of the scale lies so much of a map in percent, unless another number is said.

A few places far above all others would leave the rest of the map white.
"""

OUTLINE = (0, 200, 255)
"""A colour that neither end of the scale has."""

Heat = NDArray[np.float32]
"""(S, S); above zero speaks for what is explained, below zero against it."""


def limit(heats: Sequence[Heat], percentile: float = PERCENTILE) -> float:
    """Where the scale of one map ends, or that of several maps that share it.

    Args:
        heats: (S, S) each; their sizes count, not their signs.
        percentile: so many percent of all places lie below, 50 to 100; 100 clips nothing.

    Returns:
        A number above zero, also where all maps are zero.

    Raises:
        ValueError: the percentile is not allowed.
    """
    if not 50 <= percentile <= 100:
        raise ValueError(f"percentile is {percentile}; it must be from 50 to 100")
    sizes = np.concatenate([np.abs(heat).ravel() for heat in heats])
    # A map of few places may be zero up to the percentile; its largest then ends the scale.
    return float(np.percentile(sizes, percentile)) or float(sizes.max()) or 1.0


def clipped(heat: Heat, end: float) -> float:
    """Share of the places that lie beyond the end of the scale and take its colour, 0 to 1."""
    return float((np.abs(heat) > end).mean())


def drawn(heat: Heat, end: float, *, absolute: bool = False) -> NDArray[np.uint8]:
    """The map in the lab's colours, (S, S, 3): for orange, against purple, nothing white.

    Args:
        heat: (S, S).
        end: where the scale ends, as `limit` gives it.
        absolute: show sizes alone, all in orange.
    """
    return rendering.diverging(np.abs(heat) if absolute else heat, end)


def overlay(
    pixels: NDArray[np.uint8],
    heat: Heat,
    end: float,
    *,
    opacity: float = 0.7,
    absolute: bool = False,
) -> NDArray[np.uint8]:
    """The map over the picture, (S, S, 3); where it says nothing, the picture shows through.

    Args:
        pixels: uint8 (S, S, 3).
        heat: (S, S).
        end: where the scale ends.
        opacity: how much the end of the scale covers, 0 to 1.
        absolute: show sizes alone.

    Raises:
        ValueError: the opacity is not between 0 and 1.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity is {opacity}; it must be from 0 to 1")
    colours = drawn(np.sign(heat) * np.float32(end), end, absolute=absolute)
    # The square root lets weak places be seen at all.
    cover = opacity * np.sqrt(np.clip(np.abs(heat) / end, 0, 1))[:, :, None]
    return (pixels * (1 - cover) + colours * cover).round().astype(np.uint8)


def contour(pixels: NDArray[np.uint8], heat: Heat, share: float = 0.1) -> NDArray[np.uint8]:
    """The picture with a line around the places that speak most for the answer, (S, S, 3).

    Args:
        pixels: uint8 (S, S, 3).
        heat: (S, S).
        share: how much of the picture lies inside the line at most, above 0 and below 1. Places
            that are not above zero never do.

    Raises:
        ValueError: the share is not allowed.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; it must be above 0 and below 1")
    inside = (heat > 0) & (heat >= np.quantile(heat, 1 - share))
    padded = np.pad(inside, 1)
    deep = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.where((inside & ~deep)[:, :, None], np.array(OUTLINE, dtype=np.uint8), pixels)


def beside(pictures: Sequence[NDArray[np.uint8]], gap: int = 4) -> NDArray[np.uint8]:
    """Pictures of one size in a row, with white between them.

    Args:
        pictures: at least one, uint8 (S, S, 3) each.
        gap: pixels between two.
    """
    white = np.full((pictures[0].shape[0], gap, 3), 255, dtype=np.uint8)
    row = [part for picture in pictures for part in (white, picture)]
    return np.concatenate(row[1:], axis=1)


def npz(explanation: Explanation) -> bytes:
    """The raw numbers as a file for NumPy, compressed.

    ``values`` is the array as the method gave it, ``heat`` (S, S) its sum over colours, ``pixels``
    what the network saw; the others say what was explained and how.
    """
    file = io.BytesIO()
    np.savez_compressed(
        file,
        values=explanation.values,
        heat=explanation.heat,
        pixels=explanation.pixels,
        method=explanation.method,
        options=explanation.options.to_json(),
        target=explanation.target.label,
        logit=explanation.logit,
    )
    return file.getvalue()
