"""What each layer costs on this machine: arithmetic, memory, and time on the clock."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import torch

from alexnet_core import devices
from alexnet_core.errors import ConfigError
from alexnet_core.models.anatomy import LayerAnatomy, describe
from alexnet_core.models.library import LoadedModel

_WARM_UP = 2


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One layer for one picture."""

    anatomy: LayerAnatomy
    """Parameters, multiply-adds and bytes of its output."""
    milliseconds: float
    """Median time."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A forward pass for one picture, layer by layer."""

    layers: tuple[LayerCost, ...]
    device: str
    """What it was measured on, in words."""
    repeats: int
    """Passes that the medians are of."""

    @property
    def milliseconds(self) -> float:
        """All layers together."""
        return sum(layer.milliseconds for layer in self.layers)


def measure(model: LoadedModel, repeats: int = 9) -> Cost:
    """Time every layer on one picture where the network lies.

    Each layer is timed alone, so a GPU, which otherwise works ahead, shows a little more than in
    a whole pass. The picture is noise: the time does not depend on what is in it.

    Args:
        model: its lock is held for one pass at a time.
        repeats: passes after two that are not counted; odd is best for a median.

    Raises:
        ConfigError: ``repeats`` is below 1.
    """
    if repeats < 1:
        raise ConfigError("repeats", repeats, "1 or more")
    config = model.config
    device = next(model.network.parameters()).device
    shape = (1, config.in_channels, config.input_size, config.input_size)
    picture = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(device)
    passes = [_one_pass(model, picture) for _ in range(_WARM_UP + repeats)][_WARM_UP:]
    medians = [statistics.median(times) for times in zip(*passes, strict=True)]
    return Cost(
        layers=tuple(
            LayerCost(anatomy=anatomy, milliseconds=milliseconds)
            for anatomy, milliseconds in zip(describe(config).layers, medians, strict=True)
        ),
        device=devices.describe(device),
        repeats=repeats,
    )


def _one_pass(model: LoadedModel, picture: torch.Tensor) -> list[float]:
    """Milliseconds of each layer, in forward order."""
    times = []
    values = picture
    with model.lock, torch.inference_mode():
        for layer in model.network.children():
            _wait(picture.device)
            started = time.perf_counter()
            values = layer(values)
            _wait(picture.device)
            times.append(1_000 * (time.perf_counter() - started))
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
