"""One number of the network, computed again by hand with every term in sight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alexnet_core.errors import ConfigError
from alexnet_core.inspection.arithmetic import fixed_layers, weighted_sums
from alexnet_core.inspection.arithmetic.terms import Arithmetic, ArithmeticKind, Made, Place
from alexnet_core.inspection.capture import SOFTMAX, Captured
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerKind

__all__ = ["Arithmetic", "check_place", "explain"]

_RULES: dict[LayerKind, Callable[[Place], Made]] = {
    "conv": weighted_sums.conv,
    "activation": fixed_layers.activation,
    "lrn": fixed_layers.response_norm,
    "batch_norm": weighted_sums.batch_norm,
    "max_pool": fixed_layers.max_pool,
    "adaptive_avg_pool": weighted_sums.average_pool,
    "flatten": fixed_layers.flatten,
    "dropout": fixed_layers.passing,
    "linear": weighted_sums.linear,
}


def explain(
    network: AlexNet, captured: Captured, layer: str, channel: int, row: int = 0, column: int = 0
) -> Arithmetic:
    """What one output value was made of: its window, weights and terms, and their sum.

    Args:
        network: the one that computed ``captured``; only read.
        captured: the forward pass.
        layer: name of any layer, or ``softmax``.
        channel: channel of maps; the feature, unit or class of a flat layer.
        row: from the top, in the layer's output; 0 in a flat layer.
        column: from the left.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the channel, row or column lies outside the layer's output.
    """
    output = captured.output(layer)
    check_place(layer, output.shape, channel, row, column)
    given = captured.into(layer)
    kind: ArithmeticKind
    # Where a network broke, NaN and infinity are the answer, not a reason to fail.
    with np.errstate(all="ignore"):
        if layer == SOFTMAX:
            kind, made = "softmax", fixed_layers.softmax(given.astype(np.float64), channel)
        else:
            spec = network.config.layer(layer)
            kind = spec.kind
            place = Place(spec, network.get_submodule(layer), given, channel, row, column)
            made = _RULES[kind](place)
    return Arithmetic(
        **vars(made),
        layer=layer,
        kind=kind,
        channel=channel,
        row=row,
        column=column,
        captured=float(output[(channel, row, column)[: output.ndim]]),
    )


def check_place(
    layer: str, shape: tuple[int, ...], channel: int, row: int = 0, column: int = 0
) -> None:
    """Refuse a place outside an output of ``shape``, (C, H, W) or (features,).

    Raises:
        ConfigError: names what is out of range and the range.
    """
    height, width = shape[1:] or (1, 1)
    sides = ("channel" if shape[1:] else "unit", "row", "column")
    places, ends = (channel, row, column), (shape[0], height, width)
    for name, place, end in zip(sides, places, ends, strict=True):
        if not 0 <= place < end:
            raise ConfigError(name, place, f"0 to {end - 1}, as {layer} has")
