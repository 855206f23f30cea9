"""What a browser needs to do the arithmetic of one unit by itself, at most 1 MB of it.

For a convolution that is all its filter looks at, the filter, and what the network gave; for other
layers it is less. Numbers stay float32, so that a sum in the browser equals what the network gave.
Where a layer is larger than fits, the part around one place is taken, and the facts say which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection.arithmetic.window_flat import linear, pointwise, softmax
from alexnet_core.inspection.arithmetic.window_maps import maps
from alexnet_core.inspection.capture import SOFTMAX, Captured
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerSpec

BUDGET = 1_000_000
"""Bytes of one window, its names and shapes included."""

HEADER = 60_000
"""Bytes of it that are kept for those, and for the names of the classes."""

_TYPES = {"float32": "f4", "uint8": "u1", "int32": "i4"}
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
        more, arrays = softmax(captured)
        return Window(facts=facts | more, arrays=arrays)
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
        more, arrays = maps(network, captured, spec, unit, place, names, room)
    elif spec.kind == "linear":
        more, arrays = linear(network, captured, spec, unit, names, room)
        facts |= _origin(specs, at)
    else:
        more, arrays = pointwise(network, captured, spec, unit, names, room)
    return Window(facts=facts | more, arrays=arrays)


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
