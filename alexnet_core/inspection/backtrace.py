"""Which value of which layer with weights a value of the network came from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alexnet_core.inspection.arithmetic.value import check_place, explain
from alexnet_core.inspection.capture import SOFTMAX, Captured
from alexnet_core.models.alexnet import AlexNet

WEIGHTED = ("conv", "linear")
_PICKING = ("max_pool", "adaptive_avg_pool", "flatten")


class Unit(NamedTuple):
    """One value of a layer's output; row and column are 0 in a flat layer."""

    layer: str
    channel: int
    row: int = 0
    column: int = 0


def strongest(network: AlexNet, captured: Captured, layer: str, unit: int) -> Unit:
    """The value of a layer with weights behind the place where a channel is strongest.

    A channel that is the same everywhere, as a silent one is after ReLU, has no such place; then
    it is the place where the layer with weights behind it is strongest.
    """
    output = captured.output(layer)
    check_place(layer, output.shape, unit)
    if output.ndim == 1:
        return source(network, captured, Unit(layer, unit))
    place = _peak(output[unit])
    found = source(network, captured, Unit(layer, unit, *place))
    if output[unit].max() == output[unit].min():
        found = Unit(found.layer, unit, *_peak(captured.outputs[found.layer][unit]))
    return found


def source(network: AlexNet, captured: Captured, at: Unit) -> Unit:
    """Follow a value down to the layer with weights that it came from, or to itself.

    Raises:
        UnknownNameError, ConfigError: there is no such layer or place.
    """
    check_place(at.layer, captured.output(at.layer).shape, *at[1:])
    while at.layer == SOFTMAX or network.config.layer(at.layer).kind not in WEIGHTED:
        if at.layer != SOFTMAX and network.config.layer(at.layer).kind in _PICKING:
            made = explain(network, captured, *at)
            won = np.unravel_index(int(made.inputs.argmax()), made.inputs.shape)
            offsets = [int(step) for step in won] if len(won) == 3 else [0, 0, 0]
            spans = zip(made.window, offsets, strict=True)
            place = [span.first + step for span, step in spans]
        else:
            place = [at.channel, at.row, at.column]
        at = Unit(captured.before(at.layer), *place)
    return at


def _peak(values: NDArray[np.float32]) -> tuple[int, int]:
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    return int(row), int(column)
