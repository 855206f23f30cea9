"""A picture as a network gets it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_core.data.images import Picture
from alexnet_core.errors import ConfigError
from alexnet_core.inspection.capture import pixels_for
from alexnet_core.models.library import LoadedModel


def check_baseline(model: LoadedModel, baseline: NDArray[np.uint8] | None) -> None:
    """Refuse a picture to compare with that is not of the network's size.

    Raises:
        ConfigError: it is not uint8 (S, S, 3).
    """
    size = model.config.input_size
    if baseline is not None and (baseline.shape != (size, size, 3) or baseline.dtype != np.uint8):
        allowed = f"uint8 {(size, size, 3)}, the input of {model.config.name}"
        raise ConfigError("baseline", f"{baseline.dtype} {baseline.shape}", allowed)


def prepare(
    model: LoadedModel, picture: Picture | NDArray[np.uint8] | NDArray[np.float32]
) -> tuple[NDArray[np.uint8], Tensor]:
    """What the network sees, as pixels (S, S, 3) and normalised (1, 3, S, S).

    Args:
        model: whose transform is used.
        picture: a photo, pixels uint8 (S, S, 3), or the normalised input, float32 (3, S, S).

    Raises:
        ConfigError: it is of another size, or the network does not take RGB pictures.
    """
    size = model.config.input_size
    if isinstance(picture, np.ndarray) and picture.dtype == np.float32:
        if picture.shape != (3, size, size):
            allowed = f"{(3, size, size)}, the input of {model.config.name}"
            raise ConfigError("picture", picture.shape, allowed)
        batch = torch.from_numpy(picture.copy())[None]
        return locked(model.transform.denormalise(batch)[0].numpy()), batch
    pixels = pixels_for(model, cast(Picture | NDArray[np.uint8], picture)).copy()
    batch = model.transform.normalise(torch.from_numpy(pixels)[None]).contiguous()
    return locked(pixels), batch


def locked(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, which nobody can write through this."""
    view = values.view()
    view.flags.writeable = False
    return view
