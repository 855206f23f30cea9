"""What a browser needs to do the arithmetic of one unit by itself, at most 1 MB of it.

For a convolution that is all its filter looks at, the filter, and what the network gave; for other
layers it is less. Numbers stay float32, so that a sum in the browser equals what the network gave.
Where a layer is larger than fits, the part around one place is taken, and the facts say which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection.capture import SOFTMAX, Captured
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerSpec

BUDGET = 1_000_000
"""Bytes of one window, its names and shapes included."""

HEADER = 60_000
"""Bytes of it that are kept for those, and for the names of the classes."""

_TYPES = {"float32": "f4", "uint8": "u1", "int32": "i4"}
_FLOAT = 4
_SAME_SHAPE = ("activation", "lrn", "batch_norm", "dropout")


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """One unit of one layer on one picture, ready to be computed again."""

    facts: Mapping[str, Any]
    """What JSON can say: ``layer``, ``kind``, ``unit``, ``units``, shapes, the rule's constants."""
    arrays: Mapping[str, NDArray[Any]]
    """Float32, and uint8 for ``pixels``: ``input``, ``output`` and what the kind needs beside."""

    def packed(self, **more: Any) -> bytes:
        """One file: the length of a header (uint32), the header as JSON, the arrays.

        The header holds the facts, what ``more`` adds, and under ``arrays`` the place (bytes
        after the header), shape and type of each array. All is little-endian and aligned to 4.
        """
        places: dict[str, Any] = {}
        body: list[bytes] = []
        at = 0
        for name, values in self.arrays.items():
            kind = _TYPES[values.dtype.name]
            data = np.ascontiguousarray(values, f"<{kind}").tobytes()
            places[name] = {"at": at, "shape": list(values.shape), "type": kind}
            data += b"\0" * (-len(data) % 4)
            body.append(data)
            at += len(data)
        said = {**self.facts, **more, "arrays": places}
        header = json.dumps(said, separators=(",", ":"), allow_nan=False).encode()
        header += b" " * (-len(header) % 4)
        return b"".join([len(header).to_bytes(4, "little"), header, *body])


def unpack(packed: bytes) -> Window:
    """Read what `Window.packed` wrote, as the browser does."""
    length = int.from_bytes(packed[:4], "little")
    facts = json.loads(packed[4 : 4 + length])
    arrays = {}
    for name, said in facts.pop("arrays").items():
        count = int(np.prod(said["shape"], dtype=np.int64))
        values = np.frombuffer(packed, f"<{said['type']}", count, 4 + length + said["at"])
        arrays[name] = values.reshape(said["shape"])
    return Window(facts=facts, arrays=arrays)


def units(network: AlexNet, layer: str) -> int:
    """How many channels or units a layer has; ``softmax`` has one a class.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    return int(_spec(network, layer).out_shape[0])


def look(
    network: AlexNet,
    captured: Captured,
    layer: str,
    unit: int,
    place: tuple[int, int] | None = None,
) -> Window:
    """Gather what one unit is computed from; hold the model's lock, for the weights are read.

    Args:
        network: the one that the picture went through.
        captured: what went through it.
        layer: a name of its config's layers, or ``softmax``.
        unit: the output channel, or the number in a flat layer.
        place: row and column of the output around which a part is taken where not all fits.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: it has no such unit, or one window of it alone is larger than 1 MB.
    """
    spec = _spec(network, layer)
    if not 0 <= unit < spec.out_shape[0]:
        raise ConfigError("unit", unit, f"0 to {spec.out_shape[0] - 1} in {layer}")
    room = BUDGET - HEADER
    facts: dict[str, Any] = {
        "layer": layer,
        "kind": SOFTMAX if layer == SOFTMAX else spec.kind,
        "unit": unit,
        "units": spec.out_shape[0],
    }
    if layer == SOFTMAX:
        facts["whole"] = True
        arrays = {"logits": captured.logits, "probabilities": captured.probabilities}
        return Window(facts=facts, arrays=arrays)
    specs = network.config.layers()
    at = specs.index(spec)
    facts |= {
        "below": specs[at - 1].name if at else "",
        "inputShape": list(spec.in_shape),
        "outputShape": list(spec.out_shape),
    }
    after = _after(specs, at)
    facts |= {
        "after": [{"layer": later.name, "kind": later.kind} for later in after],
        "next": _next(specs, at + len(after)),
    }
    names = [later.name for later in after]
    if len(spec.out_shape) == 3:
        more, arrays = _maps(network, captured, spec, unit, place, names, room)
    elif spec.kind == "linear":
        more, arrays = _dense(network, captured, spec, unit, names, room)
        facts |= _origin(specs, at)
    else:
        more, arrays = _pointwise(network, captured, spec, unit, names, room)
    return Window(facts=facts | more, arrays=arrays)


class _Span(NamedTuple):
    """Places of the output along one side, and the places of the input that they look at."""

    first: int
    end: int
    first_input: int
    end_input: int


def _spec(network: AlexNet, layer: str) -> LayerSpec:
    if layer == SOFTMAX:
        return network.config.layers()[-1]
    try:
        return network.config.layer(layer)
    except UnknownNameError as error:
        raise UnknownNameError("layer", layer, [*error.known, SOFTMAX]) from None


def _after(specs: tuple[LayerSpec, ...], at: int) -> list[LayerSpec]:
    """The layers behind one that leave every value at its place."""
    found = []
    for spec in specs[at + 1 :]:
        if spec.kind not in _SAME_SHAPE:
            break
        found.append(spec)
    return found


def _next(specs: tuple[LayerSpec, ...], at: int) -> str:
    return specs[at + 1].name if at + 1 < len(specs) else SOFTMAX


def _origin(specs: tuple[LayerSpec, ...], at: int) -> dict[str, Any]:
    """Which layer made the input of a fully connected one.

    Returns:
        ``from``, its name, and ``source``, its shape (C, H, W) if maps were flattened, or nothing.
    """
    for spec in reversed(specs[:at]):
        if spec.kind == "linear":
            return {"from": spec.name, "source": []}
        if spec.kind == "flatten":
            return {"from": specs[specs.index(spec) - 1].name, "source": list(spec.in_shape)}
    raise AssertionError(f"{specs[at].name} follows neither maps nor units")


def _maps(
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
            named = _batch_norm(layer)
            values = {name: _number(of[unit]) for name, of in named.items()}
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


def _dense(
    network: AlexNet,
    captured: Captured,
    spec: LayerSpec,
    unit: int,
    after: Sequence[str],
    room: int,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Facts and arrays of one unit of a fully connected layer.

    Args:
        network: the network.
        captured: what went through it.
        spec: the layer.
        unit: which of its outputs.
        after: the layers behind it that keep its shape.
        room: bytes at most.

    Returns:
        Facts, and the arrays ``input`` and ``weights`` (features,) and ``output`` (units,). Of
        more features than fit the strongest terms are taken, with their numbers as ``index``;
        the fact ``rest`` is the sum of the others.
    """
    layer = network.get_submodule(spec.name)
    inputs = captured.into(spec.name)
    weights = _numbers(layer.get_parameter("weight")[unit])
    outputs = captured.outputs[spec.name]
    facts: dict[str, Any] = {
        "bias": _number(layer.get_parameter("bias")[unit].item()),
        "whole": True,
        "rest": 0.0,
        "value": _number(outputs[unit]),
        "afterValues": [_number(captured.outputs[name][unit]) for name in after],
    }
    most = room // (3 * _FLOAT)
    if len(inputs) <= most:
        return facts, {"input": inputs, "weights": weights}
    terms = inputs.astype(np.float64) * weights
    order = np.argsort(-np.abs(terms))
    kept = np.sort(order[:most]).astype(np.int32)
    facts |= {"whole": False, "rest": _number(terms[order[most:]].sum())}
    return facts, {"input": inputs[kept], "weights": weights[kept], "index": kept}


def _pointwise(
    network: AlexNet,
    captured: Captured,
    spec: LayerSpec,
    unit: int,
    after: Sequence[str],
    room: int,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Facts and arrays of a layer that changes each number by itself, or none of them.

    Returns:
        Facts, and the arrays ``input``, ``output``, ``after0``..., and for batch norm ``mean``,
        ``variance``, ``gamma`` and ``beta``; each (units,), or of the part around ``unit`` that
        fits, which begins at the fact ``first``.
    """
    arrays: dict[str, NDArray[Any]] = {
        "input": captured.into(spec.name).reshape(-1),
        "output": captured.outputs[spec.name],
    }
    arrays |= {f"after{number}": captured.outputs[name] for number, name in enumerate(after)}
    facts: dict[str, Any] = {"source": list(spec.in_shape) if len(spec.in_shape) == 3 else []}
    match spec.kind:
        case "batch_norm":
            facts["eps"] = network.config.batch_norm_eps
            arrays |= _batch_norm(network.get_submodule(spec.name))
        case "activation":
            facts["function"] = network.config.activation
        case "dropout":
            facts["share"] = network.config.dropout
        case _:
            pass
    count = spec.out_shape[0]
    fitting = min(count, room // (_FLOAT * len(arrays)))
    first = min(max(0, unit - fitting // 2), count - fitting)
    facts |= {"first": first, "whole": fitting == count}
    if fitting < count:
        facts["source"] = []
    return facts, {name: values[first : first + fitting] for name, values in arrays.items()}


def _batch_norm(layer: nn.Module) -> dict[str, NDArray[np.float32]]:
    """What it works with, each (channels,)."""
    named = {
        "mean": layer.get_buffer("running_mean"),
        "variance": layer.get_buffer("running_var"),
        "gamma": layer.get_parameter("weight"),
        "beta": layer.get_parameter("bias"),
    }
    return {name: _numbers(values) for name, values in named.items()}


def _number(value: float | np.floating) -> float | None:
    """None in place of what JSON can't say."""
    return float(value) if np.isfinite(value) else None


def _numbers(values: torch.Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = values.detach().float().cpu().numpy()
    return found
