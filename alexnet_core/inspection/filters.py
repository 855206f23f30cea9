"""The weights of a layer: what each of its units looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from alexnet_core.errors import ConfigError
from alexnet_core.inspection.arithmetic.terms import Span
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerSpec

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Incoming:
    """The weights of one unit."""

    layer: str
    unit: int
    weights: Floats
    """(channels, height, width) of a convolution; (features,) of a dense layer."""
    maps: Floats | None
    """The same as maps (C, H, W) of what came before the flattening, for the first dense layer
    after it; None for any other dense layer."""
    bias: float
    channels: Span
    """Which channels or features of its input it sees; with groups only those of its own."""


def kernels(network: AlexNet, layer: str) -> Floats:
    """The kernels of a convolution, (N, channels / groups, height, width); a copy.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: it is no convolution.
    """
    spec_of(network, layer, ("conv",))
    return _copy(_weight(network, layer))


def norms(weights: Floats) -> NDArray[np.float64]:
    """The L2 norm of each along the first axis: of kernels (N, ...) or of slices (C, H, W)."""
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    lengths: NDArray[np.float64] = np.sqrt((flat**2).sum(axis=1))
    return lengths


def ranked(weights: Floats) -> tuple[int, ...]:
    """Indices along the first axis by L2 norm, the largest first; of equals the first first."""
    order = np.argsort(-norms(weights), kind="stable")
    return tuple(order.tolist())


def incoming(network: AlexNet, layer: str, unit: int) -> Incoming:
    """What one unit of a layer with weights does with its inputs.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the layer has no such weights, or no such unit.
    """
    spec = spec_of(network, layer, ("conv", "linear"))
    units = spec.out_shape[0]
    if not 0 <= unit < units:
        field = "channel" if spec.kind == "conv" else "unit"
        raise ConfigError(field, unit, f"0 to {units - 1}, as {layer} has")
    weights = _copy(_weight(network, layer)[unit])
    bias = cast(Tensor, network.get_submodule(layer).bias)
    seen = spec.in_shape[0] // spec.groups
    first = unit // (units // spec.groups) * seen
    shape = maps_before(network, layer)
    return Incoming(
        layer=layer,
        unit=unit,
        weights=weights,
        maps=None if shape is None else weights.reshape(shape),
        bias=float(bias[unit].detach()),
        channels=Span(first, first + seen),
    )


def maps_before(network: AlexNet, layer: str) -> tuple[int, ...] | None:
    """The shape (C, H, W) that was flattened into a dense layer's input; None for any other."""
    flat: tuple[int, ...] | None = None
    for spec in network.config.layers():
        if spec.name == layer:
            return flat if spec.kind == "linear" else None
        if spec.kind == "flatten":
            flat = spec.in_shape
        elif spec.kind == "linear":
            flat = None
    return None


def spec_of(network: AlexNet, layer: str, kinds: tuple[str, ...] = ()) -> LayerSpec:
    """A layer's facts.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: it is of none of these ``kinds``, where any are given.
    """
    found = network.config.layer(layer)
    if kinds and found.kind not in kinds:
        fitting = ", ".join(spec.name for spec in network.config.layers() if spec.kind in kinds)
        raise ConfigError("layer", layer, f"one with such weights: {fitting}")
    return found


def _weight(network: AlexNet, layer: str) -> Tensor:
    module = cast(nn.Conv2d | nn.Linear, network.get_submodule(layer))
    return module.weight.detach()


def _copy(values: Tensor) -> Floats:
    found: Floats = np.ascontiguousarray(values.float().cpu().numpy()).copy()
    return found
