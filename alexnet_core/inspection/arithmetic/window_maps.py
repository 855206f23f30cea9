"""The part of `alexnet_core.inspection.arithmetic.window` for layers that give maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_core.errors import ConfigError
from alexnet_core.inspection.capture import Captured
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerSpec

_FLOAT = 4


class _Span(NamedTuple):
    """Places of the output along one side, and the places of the input that they look at."""

    first: int
    end: int
    first_input: int
    end_input: int


def maps(
    network: AlexNet,
    captured: Captured,
    spec: LayerSpec,
    unit: int,
    place: tuple[int, int] | None,
    after: Sequence[str],
    room: int,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Facts and arrays of one output channel.

    Returns:
        Facts, and the arrays ``input`` (channels, rows, columns), ``output`` (rows, columns),
        ``after0``... like it, ``weights`` (channels, kernel, kernel) of a convolution and
        ``pixels`` (rows, columns, 3) where the input is the picture.

    Raises:
        ConfigError: one window alone is larger than ``room`` bytes.
    """
    source = captured.into(spec.name)
    channels = _channels(network, spec, unit)
    facts, arrays = _rule(network, spec, unit)
    is_picture = source is captured.input and captured.pixels.shape[2] == source.shape[0]
    rows, columns = _spans(
        spec,
        place,
        room=room - sum(values.nbytes for values in arrays.values()),
        per_input=len(channels) * _FLOAT + (captured.pixels.shape[2] if is_picture else 0),
        per_output=(1 + len(after)) * _FLOAT,
    )
    seen = (
        slice(rows.first_input, rows.end_input),
        slice(columns.first_input, columns.end_input),
    )
    given = (slice(rows.first, rows.end), slice(columns.first, columns.end))
    whole = rows.end - rows.first == spec.out_shape[1]
    facts |= {
        "channels": list(channels),
        "inputOrigin": [rows.first_input, columns.first_input],
        "outputOrigin": [rows.first, columns.first],
        "whole": whole and columns.end - columns.first == spec.out_shape[2],
    }
    arrays["input"] = source[channels.start : channels.stop, seen[0], seen[1]]
    arrays["output"] = captured.outputs[spec.name][unit][given]
    for number, name in enumerate(after):
        arrays[f"after{number}"] = captured.outputs[name][unit][given]
    if is_picture:
        arrays["pixels"] = captured.pixels[seen]
    return facts, arrays


def _channels(network: AlexNet, spec: LayerSpec, unit: int) -> range:
    """The input channels that an output channel is computed from."""
    if spec.kind == "conv":
        width = spec.in_shape[0] // spec.groups
        group = unit // (spec.out_shape[0] // spec.groups)
        return range(group * width, (group + 1) * width)
    if spec.kind == "lrn":
        size = network.config.lrn_size
        return range(max(0, unit - size // 2), min(spec.in_shape[0], unit + (size + 1) // 2))
    return range(unit, unit + 1)


def _rule(
    network: AlexNet, spec: LayerSpec, unit: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    config = network.config
    layer = network.get_submodule(spec.name)
    facts: dict[str, Any] = {
        "kernel": spec.kernel,
        "stride": spec.stride,
        "padding": spec.padding,
        "groups": spec.groups,
    }
    match spec.kind:
        case "conv":
            weights = _numbers(layer.get_parameter("weight")[unit])
            bias = float(layer.get_parameter("bias")[unit].detach())
            return facts | {"bias": _number(bias)}, {"weights": weights}
        case "batch_norm":
            named = {
                "mean": layer.get_buffer("running_mean"),
                "variance": layer.get_buffer("running_var"),
                "gamma": layer.get_parameter("weight"),
                "beta": layer.get_parameter("bias"),
            }
            values = {name: _number(float(of[unit].detach())) for name, of in named.items()}
            return facts | values | {"eps": config.batch_norm_eps}, {}
        case "lrn":
            names = ("size", "alpha", "beta", "k")
            return facts | {name: getattr(config, f"lrn_{name}") for name in names}, {}
        case "activation":
            return facts | {"function": config.activation}, {}
        case _:
            return facts, {}


def _spans(
    spec: LayerSpec,
    place: tuple[int, int] | None,
    *,
    room: int,
    per_input: int,
    per_output: int,
) -> tuple[_Span, _Span]:
    """The largest part of the output around a place whose numbers fit into ``room`` bytes."""
    sides = spec.out_shape[1:]
    centre = place or (sides[0] // 2, sides[1] // 2)
    for length in range(max(sides), 0, -1):
        rows, columns = (_span(spec, axis, centre[axis], length) for axis in (0, 1))
        inputs = (rows.end_input - rows.first_input) * (columns.end_input - columns.first_input)
        outputs = (rows.end - rows.first) * (columns.end - columns.first)
        if inputs * per_input + outputs * per_output <= room:
            return rows, columns
    raise ConfigError("layer", spec.name, "a layer of which one window takes less than 1 MB")


def _span(spec: LayerSpec, axis: int, centre: int, length: int) -> _Span:
    out, into = spec.out_shape[1 + axis], spec.in_shape[1 + axis]
    length = min(length, out)
    first = min(max(0, centre - length // 2), out - length)
    end = first + length
    if spec.kind == "adaptive_avg_pool":
        # PyTorch's windows: from the floor of the first to the ceiling of the last.
        return _Span(first, end, first * into // out, -(-end * into // out))
    start = first * spec.stride - spec.padding
    stop = (end - 1) * spec.stride - spec.padding + spec.kernel
    return _Span(first, end, max(0, start), min(into, stop))


def _number(value: float) -> float | None:
    """None in place of what JSON can't say."""
    return value if np.isfinite(value) else None


def _numbers(values: torch.Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = values.detach().float().cpu().numpy()
    return found
