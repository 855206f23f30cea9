"""What each layer costs on this machine: arithmetic, memory, and time on the clock."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import torch

from alexnet_core import devices
from alexnet_core.errors import ConfigError
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.anatomy import LayerAnatomy, describe
from alexnet_core.models.config import AlexNetConfig

MOST_MACS = 20_000_000_000
MOST_PARAMETERS = 500_000_000
"""A network beyond these, two GB of weights or some seconds of work, is not timed."""

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


def measure(config: AlexNetConfig, repeats: int = 9, device: str = "auto") -> Cost:
    """Time every layer of a network on one picture, in float32.

    Each layer is timed alone, so a GPU, which otherwise works ahead, shows a little more than in
    a whole pass. Weights are fresh and the picture is noise: the time does not depend on either.

    Args:
        config: the network.
        repeats: passes after two that are not counted; odd is best for a median.
        device: where to compute; ``auto`` takes a GPU where there is one.

    Raises:
        ConfigError: ``repeats`` is below 1, there is no such device, or the network is too large.
    """
    if repeats < 1:
        raise ConfigError("repeats", repeats, "1 or more")
    anatomy = describe(config)
    if anatomy.macs > MOST_MACS or anatomy.parameters > MOST_PARAMETERS:
        allowed = f"at most {MOST_PARAMETERS:,} parameters and {MOST_MACS:,} multiply-adds"
        raise ConfigError("model", config.name, f"{allowed}, to be timed")
    plan = devices.plan(device, "fp32")
    network = build(config, seed=0).eval()
    plan.place(network)
    shape = (1, config.in_channels, config.input_size, config.input_size)
    picture = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(plan.device)
    passes = [_one_pass(network, picture) for _ in range(_WARM_UP + repeats)][_WARM_UP:]
    medians = [statistics.median(times) for times in zip(*passes, strict=True)]
    return Cost(
        layers=tuple(
            LayerCost(anatomy=of_layer, milliseconds=milliseconds)
            for of_layer, milliseconds in zip(anatomy.layers, medians, strict=True)
        ),
        device=devices.describe(plan.device),
        repeats=repeats,
    )


def _one_pass(network: AlexNet, picture: torch.Tensor) -> list[float]:
    """Milliseconds of each layer, in forward order."""
    times = []
    values = picture
    with torch.inference_mode():
        for layer in network.children():
            _wait(picture.device)
            started = time.perf_counter()
            values = layer(values)
            _wait(picture.device)
            times.append(1_000 * (time.perf_counter() - started))
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
