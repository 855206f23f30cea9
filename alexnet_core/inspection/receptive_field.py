"""What part of the picture a unit sees: by arithmetic, by gradient, and on the original photo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_core.data.geometry import Box
from alexnet_core.data.images import Picture
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError
from alexnet_core.inspection.arithmetic.value import check_place
from alexnet_core.inspection.arithmetic.weighted_sums import adaptive_span
from alexnet_core.inspection.capture import pixels_for
from alexnet_core.inspection.partial_forward import forward, up_to
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.layers import LayerSpec
from alexnet_core.models.library import LoadedModel


class MapPlacement(NamedTuple):
    """The middles of a map's values, the same down and across, in pixels of the input."""

    first: float
    """The middle of what the first value sees, padding included."""
    step: float
    """From one value to the next."""
    side: int
    """Values in a row."""

    def cover(self) -> tuple[float, float]:
        """From where to where the whole map reaches when each value fills one step."""
        start = self.first - self.step / 2
        return start, start + self.step * self.side


def field(config: AlexNetConfig, layer: str, row: int = 0, column: int = 0) -> Box:
    """The pixels of the network's input that one output value of a layer depends on.

    Walked back window by window (Araujo, Norris and Sim, Computing Receptive Fields of
    Convolutional Neural Networks, 2019), cut at every layer's edge: padding is no part of the
    picture. For a flat layer it is what all maps before it see together.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the row or column lies outside the layer's output.
    """
    check_place(layer, config.layer(layer).out_shape, 0, row, column)
    rows, columns = (row, row + 1), (column, column + 1)
    for spec in reversed(up_to(config, layer)):
        if len(spec.in_shape) == 1:
            continue
        if len(spec.out_shape) == 1:
            rows, columns = (0, spec.in_shape[1]), (0, spec.in_shape[2])
        else:
            rows, columns = _before(spec, rows), _before(spec, columns)
    return Box(columns[0], rows[0], columns[1], rows[1])


def map_placement(config: AlexNetConfig, layer: str) -> MapPlacement:
    """How to lay a layer's maps over its input so that each value lies on what it sees.

    Padding shifts and strides stretch (Araujo, Norris and Sim, Computing Receptive Fields of
    Convolutional Neural Networks, 2019). A flat layer has one place, the whole input.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    if len(config.layer(layer).out_shape) == 1:
        return MapPlacement(config.input_size / 2, float(config.input_size), 1)
    first, step, side = 0.5, 1.0, config.input_size
    for spec in up_to(config, layer):
        side = spec.out_shape[1]
        if spec.kind == "adaptive_avg_pool":
            # Its windows share the input evenly, whatever their number.
            wide = step * spec.in_shape[1] / side
            first, step = first - step / 2 + wide / 2, wide
        else:
            first += ((spec.kernel - 1) / 2 - spec.padding) * step
            step *= spec.stride
    return MapPlacement(first, step, side)


def on_original(box: Box, transform: Transform, size: tuple[int, int]) -> Box:
    """Where a box in the network's input lies on the picture before it was resized and cut.

    Args:
        box: in pixels of the network's input.
        transform: the one that made the input.
        size: width and height of the picture.

    Returns:
        In pixels of the picture, clipped at its edges; without area where the box lies in an
        added border.
    """
    return transform.placement(size).onto(box).within(size)


def effective(
    model: LoadedModel,
    picture: Picture | NDArray[np.uint8],
    layer: str,
    channel: int,
    row: int = 0,
    column: int = 0,
) -> NDArray[np.float32]:
    """How strongly one output value answers to each pixel: the size of its gradient.

    Luo, Li, Urtasun and Zemel, Understanding the Effective Receptive Field in Deep Convolutional
    Neural Networks, 2016: most of a field's edge hardly matters.

    Args:
        model: its lock is held meanwhile, and nothing of it is changed.
        picture: a photo, or pixels (S, S, 3) already cut to the network's input.
        layer: name of any layer.
        channel: channel of maps; the feature, unit or class of a flat layer.
        row: from the top, in the layer's output; 0 in a flat layer.
        column: from the left.

    Returns:
        (S, S), the mean over the colours of the gradient's absolute value. All zero where the
        value does not change with the picture, as at a silent ReLU.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the place lies outside the layer's output.
        CheckpointError: the gradient is NaN or infinite.
    """
    spec = model.config.layer(layer)
    check_place(layer, spec.out_shape, channel, row, column)
    pixels = torch.from_numpy(pixels_for(model, picture).copy())
    with model.lock, torch.enable_grad():
        device = next(model.network.parameters()).device
        given = model.transform.normalise(pixels[None].to(device)).requires_grad_()
        values = forward(model.network, given, layer)
        # Asked for this one gradient, so the weights' own are never touched.
        value = values[0][(channel, row, column)[: len(spec.out_shape)]]
        (gradient,) = torch.autograd.grad(value, given)
        found: NDArray[np.float32] = gradient[0].abs().mean(0).cpu().numpy()
    if not np.isfinite(found).all():
        raise CheckpointError(
            f"The gradient of {layer} in {model.reference} is NaN or infinite, "
            "so nothing can be said of what the unit looks at."
        )
    return found


def _before(spec: LayerSpec, span: tuple[int, int]) -> tuple[int, int]:
    """The span of a layer's input, first and stop, that a span of its output is made of."""
    first, last = span[0], span[1] - 1
    side = spec.in_shape[1]
    if spec.kind == "adaptive_avg_pool":
        target = spec.out_shape[1]
        return adaptive_span(first, side, target).first, adaptive_span(last, side, target).stop
    start = first * spec.stride - spec.padding
    stop = last * spec.stride - spec.padding + spec.kernel
    return min(max(0, start), side), min(side, max(stop, 0))
