"""Where a unit's value comes from on this picture, and which units it feeds in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from alexnet_core.errors import ConfigError
from alexnet_core.inspection.arithmetic.value import check_place, explain
from alexnet_core.inspection.backtrace import WEIGHTED, Unit, source, strongest
from alexnet_core.inspection.capture import SOFTMAX, Captured
from alexnet_core.inspection.filters import maps_before
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerSpec

INPUT = "input"
"""What lies below the first layer: the picture, with red, green and blue as channels 0 to 2."""


class Contribution(NamedTuple):
    """How much one channel adds to a value."""

    channel: int
    value: float
    """Signed: above zero it pushes up, below it pushes down."""
    row: int
    """Where the channel does most: below, in its own map; above, in the fed unit's map."""
    column: int


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """A unit's value as a sum: the bias and what each channel of the layer below adds."""

    at: Unit
    """The unit of a layer with weights that is taken apart. Asked about a layer without any, it
    is the one that the value came from: through pools the winner, otherwise the same channel."""
    layer_below: str
    """Whose channels the parts are; `INPUT` below the first layer."""
    value: float
    """What the unit gave; the bias and all parts together."""
    bias: float
    parts: tuple[Contribution, ...]
    """Every channel that the unit sees, the largest in size first."""
    against: Unit | None = None
    """Another unit of the same flat layer that is taken off: the value, the bias and every part
    are then the differences of the two."""


@dataclass(frozen=True, kw_only=True)
class Feeding:
    """What a channel adds to the units of the next layer with weights."""

    layer: str
    channel: int
    layer_above: str
    """Empty where no layer with weights follows."""
    parts: tuple[Contribution, ...]
    """Every unit that sees the channel, at the place where it adds most to it; the largest in
    size first. The channel counts as it arrives there, after activation, norm and pool."""


def below(
    network: AlexNet,
    captured: Captured,
    layer: str,
    unit: int,
    row: int | None = None,
    column: int | None = None,
    *,
    against: int | None = None,
) -> Contributions:
    """Which channels of the layer below push a unit up or down, and by how much.

    Of two units of a flat layer it gives why one is larger than the other: both hear the same
    values h, so y_a - y_b = sum_j (w_aj - w_bj) h_j + b_a - b_b.

    Args:
        network: the one that computed ``captured``; only read.
        captured: the forward pass.
        layer: name of any layer, or ``softmax``.
        unit: channel of maps; unit or class of a flat layer.
        row: in the layer's output; with `column`, the place where the channel is strongest
            unless both are given.
        column: likewise.
        against: another unit of a flat layer, to take the difference of the two.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the unit or the place lies outside the layer's output, or `against` is the
            same unit, or the layer has maps, whose channels may hear different ones.
    """
    if row is None or column is None:
        at = strongest(network, captured, layer, unit)
    else:
        at = source(network, captured, Unit(layer, unit, row, column))
    made = explain(network, captured, *at)
    off = None
    if against is not None:
        off = _other(network, captured, at, against)
        other = explain(network, captured, *off)
        made = replace(
            made,
            terms=made.terms - other.terms,
            bias=made.bias - other.bias,
            result=made.result - other.result,
        )
    first = made.window.channels.first
    maps = maps_before(network, at.layer)
    if maps is not None:
        terms, below_name, corner = made.terms.reshape(maps), _before_flatten(network), (0, 0)
    elif made.kind == "conv":
        terms, below_name = made.terms, captured.before(at.layer) or INPUT
        corner = (made.window.rows.first, made.window.columns.first)
    else:
        terms, below_name, corner = made.terms[:, None, None], _heard(network, at.layer), (0, 0)
    values, rows, columns = _summed(terms, made.inside if made.kind == "conv" else None)
    places = (rows + corner[0], columns + corner[1])
    return Contributions(
        at=at,
        layer_below=below_name,
        value=made.result,
        bias=made.bias,
        parts=_sorted(np.arange(first, first + len(values)), values, *places),
        against=off,
    )


def above(network: AlexNet, captured: Captured, layer: str, unit: int) -> Feeding:
    """Which units of the next layer with weights a channel pushes most on this picture.

    Args:
        network: the one that computed ``captured``; only read.
        captured: the forward pass.
        layer: name of any layer, or ``softmax``, which feeds none.
        unit: channel of maps; unit or class of a flat layer.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the layer has no such unit.
    """
    check_place(layer, captured.output(layer).shape, unit)
    following = _next_weighted(network, layer)
    if following is None:
        return Feeding(layer=layer, channel=unit, layer_above="", parts=())
    given = captured.into(following.name)
    weight = network.get_submodule(following.name).get_parameter("weight").detach().cpu()
    with torch.inference_mode(), np.errstate(all="ignore"):
        if following.kind == "conv":
            seen = following.in_shape[0] // following.groups
            made = following.out_shape[0] // following.groups
            first = unit // seen * made
            maps = F.conv2d(
                torch.from_numpy(given[unit].copy())[None, None],
                weight[first : first + made, unit % seen][:, None],
                stride=following.stride,
                padding=following.padding,
            )[0].numpy()
        else:
            first = 0
            shape = maps_before(network, following.name)
            flat = len(captured.output(layer).shape) == 1 or shape is None
            size = 1 if flat or shape is None else shape[1] * shape[2]
            mine = slice(unit * size, (unit + 1) * size)
            maps = (weight[:, mine].numpy() @ given[mine])[:, None, None]
    at = np.abs(maps).reshape(len(maps), -1).argmax(axis=1)
    values = maps.reshape(len(maps), -1)[np.arange(len(maps)), at]
    rows, columns = np.unravel_index(at, maps.shape[1:])
    return Feeding(
        layer=layer,
        channel=unit,
        layer_above=following.name,
        parts=_sorted(np.arange(first, first + len(maps)), values, rows, columns),
    )


def _other(network: AlexNet, captured: Captured, at: Unit, against: int) -> Unit:
    shape = captured.output(at.layer).shape
    if len(shape) != 1:
        raise ConfigError("against", against, f"none, as {at.layer} has maps")
    check_place(at.layer, shape, against)
    if against == at.channel:
        raise ConfigError("against", against, f"another unit of {at.layer} than {at.channel}")
    return source(network, captured, Unit(at.layer, against))


def _summed(
    terms: NDArray[np.float64], inside: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Sum (C, H, W) over each channel, and the row and column of its largest term."""
    sizes = np.abs(terms).reshape(len(terms), -1)
    if inside is not None:
        # Padding adds nothing, so it can't be where a channel does most.
        sizes = np.where(inside.reshape(len(terms), -1), sizes, -1.0)
    rows, columns = np.unravel_index(sizes.argmax(axis=1), terms.shape[1:])
    return terms.sum(axis=(1, 2)), rows, columns


def _sorted(
    channels: NDArray[np.int64],
    values: NDArray[np.floating],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> tuple[Contribution, ...]:
    order = np.argsort(-np.abs(values), kind="stable")
    columned = [part[order].tolist() for part in (channels, values, rows, columns)]
    return tuple(Contribution(*part) for part in zip(*columned, strict=True))


def _next_weighted(network: AlexNet, layer: str) -> LayerSpec | None:
    if layer == SOFTMAX:
        return None
    specs = network.config.layers()
    at = next(number for number, spec in enumerate(specs) if spec.name == layer)
    return next((spec for spec in specs[at + 1 :] if spec.kind in WEIGHTED), None)


def _before_flatten(network: AlexNet) -> str:
    names = [spec.name for spec in network.config.layers()]
    return names[names.index("flatten") - 1]


def _heard(network: AlexNet, layer: str) -> str:
    """The last layer before that does something to a value; dropout rests outside training."""
    specs = network.config.layers()
    at = next(number for number, spec in enumerate(specs) if spec.name == layer)
    return next(spec.name for spec in reversed(specs[:at]) if spec.kind != "dropout")
