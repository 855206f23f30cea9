"""What part of the picture a unit sees: by arithmetic, by gradient, and on the original photo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data.images import Picture
from alexnet_core.data.transforms import LONGEST, Transform
from alexnet_core.errors import CheckpointError
from alexnet_core.inspection.arithmetic.value import check_place
from alexnet_core.inspection.arithmetic.weighted_sums import adaptive_span
from alexnet_core.inspection.capture import pixels_for
from alexnet_core.inspection.partial_forward import forward, up_to
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.layers import LayerSpec
from alexnet_core.models.library import LoadedModel


class Box(NamedTuple):
    """A rectangle in pixels; edges lie between pixels, so a pixel at 0 goes from 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


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
    (x, across), (y, down) = _placement(transform, size)
    width, height = size
    return Box(
        _within(x + box.left * across, width),
        _within(y + box.top * down, height),
        _within(x + box.right * across, width),
        _within(y + box.bottom * down, height),
    )


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


def over_original(
    heat: NDArray[np.float32], transform: Transform, size: tuple[int, int], side: int = 512
) -> NDArray[np.float32]:
    """Lay a map of the network's input, as `effective` gives it, over the picture.

    Args:
        heat: (S, S), a number for each pixel of the input.
        transform: the one that made the input.
        size: width and height of the picture.
        side: the longer side of the result; a picture no longer than that keeps its size.

    Returns:
        (height, width) in the picture's shape, smooth between the pixels of the input; zero where
        the network does not look.
    """
    shrunk = max(1.0, max(size) / side)
    width, height = (max(1, round(length / shrunk)) for length in size)
    (x, across), (y, down) = _placement(transform, size)
    matrix = (size[0] / width / across, 0, -x / across, 0, size[1] / height / down, -y / down)
    image = Image.fromarray(np.ascontiguousarray(heat, np.float32))
    laid = image.transform(
        (width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    return np.asarray(laid, np.float32)


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


def _placement(
    transform: Transform, size: tuple[int, int]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """For both axes: where the input's first pixel begins in the picture, and a pixel's length.

    As `Transform.fit` rounds, so that not even half a pixel is lost.
    """
    side = transform.input_size
    if transform.framing == "squash":
        return (0.0, size[0] / side), (0.0, size[1] / side)
    if transform.framing == "pad":
        scale = side / max(size)
        return _padded(size[0], scale, side), _padded(size[1], scale, side)
    shortest = min(size)
    short = transform.resize or side
    width, height = (_cropped(length, shortest, short, side) for length in size)
    return width, height


def _within(edge: float, end: int) -> float:
    return min(max(edge, 0.0), float(end))


def _padded(length: int, scale: float, side: int) -> tuple[float, float]:
    inner = max(1, round(length * scale))
    step = length / inner
    return -((side - inner) // 2) * step, step


def _cropped(length: int, shortest: int, short: int, side: int) -> tuple[float, float]:
    kept = min(length, LONGEST * shortest)
    resized = int(short * kept / shortest)
    step = kept / resized
    return (length - kept) // 2 + round((resized - side) / 2) * step, step
