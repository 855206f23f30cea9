"""Pictures without content: what a part of a picture is replaced with, or a whole is compared with.

Black, the mean colour of the training pictures, the picture blurred, greys and noise. One place
says what each of them is, so that a curve, a brush, a map and an ablation mean the same.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from alexnet_core.data.transforms import Transform

Fill = Literal["mean", "black", "blur"]
"""What stands where a pixel is not: the mean colour of the data set, black, or a blur."""

Baseline = Literal["black", "mean", "blur", "noise"]
"""A picture without content: black, the mean colour of the network's training pictures, the
picture itself blurred, or coloured noise."""

BLUR = 1 / 16
"""Radius of the blur as a share of the picture's longer side; nothing of the size of an object is
left."""


def filled(transform: Transform, pixels: NDArray[np.uint8], fill: Fill) -> NDArray[np.uint8]:
    """The picture without anything on it, (height, width, 3).

    Args:
        transform: whose mean colour is meant, rounded to whole levels.
        pixels: uint8 (height, width, 3).
        fill: what takes the place of the pixels.
    """
    if fill == "blur":
        return blurred(pixels)
    bare = np.zeros_like(pixels)
    if fill == "mean":
        bare[:] = np.round(np.array(transform.mean, dtype=np.float64) * 255)
    return bare


def normalised(
    transform: Transform,
    pixels: NDArray[np.uint8],
    kind: Baseline,
    *,
    seed: int = 0,
    device: torch.device | None = None,
) -> Tensor:
    """The picture without content as the network gets it, (1, 3, S, S).

    Args:
        transform: of the network.
        pixels: uint8 (S, S, 3), what the network saw.
        kind: the mean colour is exact here, zero after normalising, and not rounded to levels.
        seed: of the noise.
        device: where it is needed; the CPU unless given.
    """
    if kind == "mean":
        return torch.zeros((1, 3, *pixels.shape[:2]), device=device)
    if kind == "noise":
        return batch(transform, noise(pixels.shape, 1, seed), device)
    return batch(transform, filled(transform, pixels, kind)[None], device)


def batch(
    transform: Transform, pictures: NDArray[np.uint8], device: torch.device | None = None
) -> Tensor:
    """Pictures (N, S, S, 3) as the network gets them, (N, 3, S, S)."""
    given = torch.from_numpy(np.array(pictures)).to(device)
    return transform.normalise(given).contiguous()


def blurred(pixels: NDArray[np.uint8], share: float = BLUR) -> NDArray[np.uint8]:
    """The picture blurred with a radius of that share of its longer side, (height, width, 3)."""
    blur = ImageFilter.GaussianBlur(max(pixels.shape[:2]) * share)
    return np.asarray(Image.fromarray(pixels).filter(blur))


def noise(shape: tuple[int, ...], count: int, seed: int) -> NDArray[np.uint8]:
    """Pictures of coloured noise, every level equally likely, (count, height, width, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def greys(shape: tuple[int, ...], count: int) -> NDArray[np.uint8]:
    """Flat greys, evenly from black to white, (count, height, width, 3)."""
    levels = np.linspace(0, 255, count).round().astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (count, *shape))
