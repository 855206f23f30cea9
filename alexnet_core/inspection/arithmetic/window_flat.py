"""The part of `alexnet_core.inspection.arithmetic.window` for layers that give a row of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_core.inspection.capture import Captured
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.layers import LayerSpec

_FLOAT = 4


def linear(
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
    weights = layer.get_parameter("weight")[unit].detach().float().cpu().numpy()
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


def pointwise(
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
            layer = network.get_submodule(spec.name)
            facts["eps"] = network.config.batch_norm_eps
            named = {
                "mean": layer.get_buffer("running_mean"),
                "variance": layer.get_buffer("running_var"),
                "gamma": layer.get_parameter("weight"),
                "beta": layer.get_parameter("bias"),
            }
            arrays |= {name: of.detach().float().cpu().numpy() for name, of in named.items()}
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


def softmax(captured: Captured) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Facts and arrays of the answer: ``logits`` and ``probabilities``, each (classes,)."""
    return {"whole": True}, {"logits": captured.logits, "probabilities": captured.probabilities}


def _number(value: float | np.floating) -> float | None:
    """None in place of what JSON can't say."""
    return float(value) if np.isfinite(value) else None
