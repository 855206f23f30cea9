"""A picture with places painted over, as a person's brush does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from alexnet_core.errors import ConfigError
from alexnet_core.explanation.evaluation.deletion_insertion import Fill
from alexnet_core.models.library import LoadedModel

_BLUR = 1 / 16
"""Radius as a share of the picture's side, as for deletion."""


def painted(
    model: LoadedModel, pixels: NDArray[np.uint8], mask: NDArray[np.bool_], fill: Fill
) -> NDArray[np.uint8]:
    """The picture with something else where the mask is true.

    Args:
        model: whose mean colour is meant.
        pixels: uint8 (S, S, 3), as the network sees them; not changed.
        mask: (rows, columns) of any size up to the picture's, spread evenly over it.
        fill: what takes the place of the pixels.

    Raises:
        ConfigError: the mask has no rows or columns, or more than the picture.
    """
    side = len(pixels)
    if mask.ndim != 2 or not all(0 < length <= side for length in mask.shape):
        raise ConfigError("mask", mask.shape, f"(rows, columns), each 1 to {side}")
    rows, columns = (np.arange(side) * length // side for length in mask.shape)
    covered = mask[rows][:, columns, None]
    if fill == "blur":
        blurred = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(side * _BLUR))
        bare = np.asarray(blurred)
    elif fill == "mean":
        bare = np.array(model.transform.mean, dtype=np.float64) * 255
    else:
        bare = np.zeros(3)
    mixed: NDArray[np.uint8] = np.where(covered, np.round(bare).astype(np.uint8), pixels)
    return mixed
