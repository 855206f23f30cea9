"""Numbers become uint8 pictures; no figures, no axes, no screen."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data.geometry import Box
from alexnet_core.data.transforms import Transform

DIVERGING = (
    "#2d004b",
    "#542788",
    "#8073ac",
    "#b2abd2",
    "#d8daeb",
    "#f7f7f7",
    "#fee0b6",
    "#fdb863",
    "#e08214",
    "#b35806",
    "#7f3b08",
)
"""Below zero purple, zero white, above zero orange; even steps between.

ColorBrewer's PuOr, which every kind of colour vision tells apart and which no one takes for a
red, green or blue channel. Source: Harrower and Brewer, 2003, "ColorBrewer.org".
"""


def diverging(values: NDArray[np.floating], limit: float) -> NDArray[np.uint8]:
    """Colour numbers around zero.

    Args:
        values: any shape (...). What lies beyond the limits takes the colour at the end.
        limit: the number above zero, and below, at which the scale ends.

    Returns:
        RGB, shape (..., 3).

    Raises:
        ValueError: ``limit`` is not above zero, or a value is not a number.
    """
    if not limit > 0:
        raise ValueError(f"limit is {limit}; it must be above zero")
    if np.isnan(values).any():
        raise ValueError("NaN has no place on a scale")
    stops = np.array([_rgb(colour) for colour in DIVERGING], dtype=np.float64)
    at = (np.clip(values / limit, -1, 1) + 1) / 2
    known = np.linspace(0, 1, len(stops))
    channels = [np.interp(at, known, stops[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def normalised(pixels: NDArray[np.uint8], transform: Transform) -> NDArray[np.float32]:
    """The numbers that the network computes with, for pixels that are already cut to size.

    Args:
        pixels: uint8 (S, S, 3), as `Transform.pixels` gives them.
        transform: the one that belongs to the network.

    Returns:
        Float (3, S, S): red, green and blue minus their mean, over their standard deviation.
    """
    import torch

    batch = torch.from_numpy(np.array(pixels))[None]
    planes: NDArray[np.float32] = transform.normalise(batch)[0].numpy()
    return planes


def kernels(weights: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The filters of a first convolution as pictures, as in figure 3 of the 2012 paper.

    Args:
        weights: (N, C, H, W). With three channels they are red, green and blue; the mean of any
            other number of channels is shown in grey.

    Returns:
        (N, H, W, 3). Grey is zero; one scale for all filters, the largest weight at its end.
    """
    shown = weights if weights.shape[1] == 3 else weights.mean(axis=1, keepdims=True).repeat(3, 1)
    limit = float(np.abs(shown).max()) or 1.0
    levels = 127.5 * (1 + shown.transpose(0, 2, 3, 1) / limit)
    return levels.round().clip(0, 255).astype(np.uint8)


def normalised_limit(transform: Transform) -> float:
    """The largest size that a number of `normalised` can have, black and white being the ends.

    One limit for every picture of a network, so that two of them can be compared by colour.
    """
    pairs = zip(transform.mean, transform.std, strict=True)
    return max(max(mean, 1 - mean) / std for mean, std in pairs)


def visible_part(size: tuple[int, int], transform: Transform) -> tuple[float, float, float, float]:
    """The part of a picture that the network gets.

    Args:
        size: width and height of the picture.
        transform: the one that belongs to the network.

    Returns:
        Left, top, width and height as shares of the picture, from 0 to 1.
    """
    side, (width, height) = transform.input_size, size
    seen = transform.placement(size).onto(Box(0, 0, side, side)).within(size)
    return (
        seen.left / width,
        seen.top / height,
        (seen.right - seen.left) / width,
        (seen.bottom - seen.top) / height,
    )


def enlarge(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Repeat each pixel of (height, width, 3) so that every one can be seen.

    Returns:
        The largest whole multiple whose longer side is at most ``side``; at least the picture.
    """
    factor = max(1, side // max(pixels.shape[:2]))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def shrink(image: Image.Image, side: int) -> Image.Image:
    """The picture at no more than ``side`` pixels a side, for showing; a small one stays."""
    if max(image.size) <= side:
        return image
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    """The RGB picture as an array (height, width, 3)."""
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def png(picture: Image.Image | NDArray[np.uint8]) -> bytes:
    """The picture as a PNG file: every pixel as it is."""
    return _encoded(picture, "PNG", compress_level=1)


def jpeg(picture: Image.Image | NDArray[np.uint8]) -> bytes:
    """The picture as a JPEG file, for thumbnails and previews of photos."""
    return _encoded(picture, "JPEG", quality=88)


def _encoded(picture: Image.Image | NDArray[np.uint8], format_: str, **options: int) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def _rgb(colour: str) -> Sequence[int]:
    return tuple(bytes.fromhex(colour[1:]))
