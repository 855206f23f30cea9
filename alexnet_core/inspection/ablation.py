"""Damage on purpose, to the network or to the picture, and what the network answers then."""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from alexnet_core.config import Config
from alexnet_core.data.images import Picture
from alexnet_core.errors import ConfigError
from alexnet_core.evaluation.classify import Classification, classify
from alexnet_core.evaluation.evaluate import evaluate
from alexnet_core.evaluation.validate import Accuracy
from alexnet_core.inspection.capture import pixels_for
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.baselines import Fill, blurred, filled
from alexnet_core.models.library import LoadedModel

Colour = tuple[int, int, int]


class Ablation(Config):
    """Some channels of a layer multiplied by a number, right after the layer computed them.

    Raises:
        ConfigError: a field is not allowed; whether the layer is there the network decides.
    """

    layer: str
    """Whose output is changed."""

    units: tuple[Annotated[int, Field(ge=0)], ...]
    """Channels of maps; units of a flat layer."""

    factor: float = Field(0.0, ge=-1000, le=1000)
    """What they are multiplied by: 0 mutes them, 1 leaves them as they are."""

    keep_only: bool = False
    """Multiply all the others instead, so that with a factor of 0 only these are kept."""


def ablated(model: LoadedModel, ablations: Sequence[Ablation]) -> LoadedModel:
    """The model with its channels changed; what is not changed is shared with the model given.

    No weight and no hook of the model is touched, and both have one lock. What `capture` shows
    of a changed layer is its changed output.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: a layer has no such unit.
    """
    factors: dict[str, Tensor] = {}
    for ablation in ablations:
        own = _factors(model.network, ablation)
        factors[ablation.layer] = factors.get(ablation.layer, torch.ones(())) * own
    return dataclasses.replace(model, network=_Ablated(model.network, factors))


def answer(
    model: LoadedModel,
    picture: Picture | NDArray[np.uint8],
    ablations: Sequence[Ablation] = (),
    top: int = 5,
) -> Classification:
    """What the model makes of a picture with some of its channels changed.

    Args:
        model: its lock is held meanwhile, and nothing of it is changed.
        picture: a photo, or pixels (S, S, 3) already cut to the network's input.
        ablations: all of them together; none asks the network as it is.
        top: how many of the likeliest classes.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: there is no such unit, the pixels are of another size, or ``top`` is below 1.
    """
    return classify(ablated(model, ablations), pixels_for(model, picture), top)


def accuracy(
    model: LoadedModel,
    dataset: str,
    split: str,
    ablations: Sequence[Ablation] = (),
    *,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Accuracy:
    """Accuracy with some channels changed; without ablations that of the network as it is.

    It works on a copy of the network, so that nobody waits for the model meanwhile.

    Args:
        model: whose lock is held only while its weights are copied.
        dataset: name of the data set.
        split: train, val or test.
        ablations: all of them together.
        limit: so many pictures at most, spread evenly over the split; None for all.
        progress: called with pictures decoded and pictures in all.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: there is no such unit, or ``limit`` is below 1.
        DataError: there is no such split, or its classes are not the model's.
        DatasetNotHereError: the data set is not on this machine.
    """
    with model.lock:
        own = copy.deepcopy(model.network)
    mine = dataclasses.replace(model, network=own, lock=threading.Lock())
    return evaluate(ablated(mine, ablations), dataset, split, limit=limit, progress=progress)


def cover(
    pixels: NDArray[np.uint8],
    where: tuple[float, float, float, float] | NDArray[np.bool_],
    mode: Literal["mean", "blur"] | Colour = "mean",
) -> NDArray[np.uint8]:
    """Hide a part of a picture, to see whether the network needs it.

    Source: Zeiler and Fergus, 2014, "Visualizing and Understanding Convolutional Networks",
    section 4.2, whose square is grey.

    Args:
        pixels: (height, width, 3); not changed.
        where: left, top, right and bottom in pixels, or a mask (height, width) of what is hidden.
        mode: the mean colour of the picture, the picture blurred, or a colour of 0 to 255 each.

    Raises:
        ConfigError: the box covers no pixel, the mask is of another size, or there is no such mode.
    """
    hidden = _mask(where, pixels.shape[:2])
    if mode == "mean":
        paint = np.broadcast_to(pixels.mean(axis=(0, 1)).round().astype(np.uint8), pixels.shape)
    elif mode == "blur":
        paint = blurred(pixels)
    elif isinstance(mode, tuple) and len(mode) == 3 and all(0 <= level <= 255 for level in mode):
        paint = np.broadcast_to(np.array(mode, dtype=np.uint8), pixels.shape)
    else:
        raise ConfigError("mode", mode, "mean, blur, or red, green and blue of 0 to 255 each")
    return np.where(hidden[:, :, None], paint, pixels)


def painted(
    model: LoadedModel, pixels: NDArray[np.uint8], mask: NDArray[np.bool_], fill: Fill
) -> NDArray[np.uint8]:
    """The picture with something else where the mask is true, as a person's brush does it.

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
    return np.where(mask[rows][:, columns, None], filled(model.transform, pixels, fill), pixels)


def _mask(
    where: tuple[float, float, float, float] | NDArray[np.bool_], size: tuple[int, ...]
) -> NDArray[np.bool_]:
    height, width = size
    if isinstance(where, np.ndarray):
        if where.shape != size:
            raise ConfigError("mask", where.shape, f"the picture's own size, {(height, width)}")
        return where.astype(bool)
    left, top, right, bottom = (round(edge) for edge in where)
    mask = np.zeros(size, dtype=bool)
    mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
    if not mask.any():
        allowed = f"a box over a pixel at least, within {width} by {height}"
        raise ConfigError("where", tuple(where), allowed)
    return mask


def _factors(network: AlexNet, ablation: Ablation) -> Tensor:
    """What each channel of the layer is multiplied by, (C, 1, 1) or (features,)."""
    shape = network.config.layer(ablation.layer).out_shape
    for unit in ablation.units:
        if unit >= shape[0]:
            raise ConfigError("units", unit, f"0 to {shape[0] - 1}, as {ablation.layer} has")
    chosen = torch.zeros(shape[0], dtype=torch.bool)
    chosen[list(ablation.units)] = True
    factors = torch.where(chosen ^ ablation.keep_only, ablation.factor, 1.0)
    return factors.view(-1, *[1] * (len(shape) - 1))


class _Scaled(nn.Module):
    """A layer whose output is multiplied channel by channel."""

    factors: Tensor

    def __init__(self, layer: nn.Module, factors: Tensor) -> None:
        super().__init__()
        self.layer = layer
        self.register_buffer("factors", factors)

    def forward(self, values: Tensor) -> Tensor:
        """The layer's output, changed; what is muted is silent even where it is NaN."""
        scaled = self.layer(values) * self.factors
        return torch.where(self.factors == 0, torch.zeros_like(scaled), scaled)


class _Ablated(AlexNet):
    """The layers of a network, some of them scaled; nothing is copied."""

    def __init__(self, network: AlexNet, factors: dict[str, Tensor]) -> None:
        nn.Module.__init__(self)
        self.config = network.config
        device = next(network.parameters()).device
        for name, layer in network.named_children():
            own = factors.get(name)
            self.add_module(name, layer if own is None else _Scaled(layer, own.to(device)))
        # Who restores this mode afterwards sets it for the layers too, which are the network's own.
        self.training = network.training
