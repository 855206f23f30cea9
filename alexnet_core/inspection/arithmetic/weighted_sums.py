"""Layers that add up inputs times weights: convolution, dense, batch norm, average."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from torch import Tensor, nn

from alexnet_core.inspection.arithmetic.terms import Floats, Made, Place, Span, Step, Window, cut


def conv(at: Place) -> Made:
    """A kernel on its window; with groups it sees only the channels of its own."""
    spec, layer = at.spec, cast(nn.Conv2d, at.layer)
    mine = spec.in_shape[0] // spec.groups
    first = at.channel // (spec.out_shape[0] // spec.groups) * mine
    top, left = (place * spec.stride - spec.padding for place in (at.row, at.column))
    window = Window(
        Span(first, first + mine), Span(top, top + spec.kernel), Span(left, left + spec.kernel)
    )
    inputs, inside = cut(at.given, window, 0.0)
    weights = doubles(layer.weight[at.channel])
    # Padding adds nothing, also under a weight that is infinite.
    terms = np.where(inside, inputs * weights, 0.0)
    bias = _one(layer.bias, at.channel)
    total = float(terms.sum()) + bias
    return Made(
        window=window,
        inputs=inputs,
        inside=inside,
        weights=weights,
        terms=terms,
        bias=bias,
        total=total,
        result=total,
        formula=f"sum of {terms.size:,} inputs × weights + bias",
    )


def linear(at: Place) -> Made:
    """Every input times the weight that the unit gives it."""
    layer = cast(nn.Linear, at.layer)
    weights = doubles(layer.weight[at.channel])
    inputs = at.given.astype(np.float64)
    terms = inputs * weights
    bias = _one(layer.bias, at.channel)
    total = float(terms.sum()) + bias
    return Made(
        window=Window(Span(0, len(terms))),
        inputs=inputs,
        inside=np.ones(len(terms), dtype=bool),
        weights=weights,
        terms=terms,
        bias=bias,
        total=total,
        result=total,
        formula=f"sum of {terms.size:,} inputs × weights + bias",
    )


def batch_norm(at: Place) -> Made:
    """Less the mean, over the deviation, then scaled and shifted: one weight and one bias.

    Source: Ioffe and Szegedy, 2015, "Batch Normalization", algorithm 2 (at inference).
    """
    layer = cast(nn.BatchNorm2d, at.layer)
    mean = _one(cast(Tensor, layer.running_mean), at.channel)
    variance = _one(cast(Tensor, layer.running_var), at.channel)
    gamma, beta = _one(layer.weight, at.channel), _one(layer.bias, at.channel)
    value = at.value
    deviation = math.sqrt(variance + layer.eps)
    scale = gamma / deviation
    bias = beta - mean * scale
    total = value * scale + bias
    return Made(
        window=at.alone,
        inputs=np.array([value]),
        inside=np.ones(1, dtype=bool),
        weights=np.array([scale]),
        terms=np.array([value * scale]),
        bias=bias,
        total=total,
        result=total,
        formula="(input - mean) / √(variance + epsilon) × gamma + beta",
        steps=(
            Step("mean", mean),
            Step("variance", variance),
            Step("epsilon", layer.eps),
            Step("normalised", (value - mean) / deviation),
            Step("gamma", gamma),
            Step("beta", beta),
        ),
    )


def average_pool(at: Place) -> Made:
    """The mean over a window whose size and step follow from the sizes of both maps."""
    window = Window(
        Span(at.channel, at.channel + 1),
        adaptive_span(at.row, at.spec.in_shape[1], at.spec.out_shape[1]),
        adaptive_span(at.column, at.spec.in_shape[2], at.spec.out_shape[2]),
    )
    inputs, inside = cut(at.given, window, 0.0)
    weights = np.full(inputs.shape, 1 / inputs.size)
    terms = inputs * weights
    total = float(terms.sum())
    return Made(
        window=window,
        inputs=inputs,
        inside=inside,
        weights=weights,
        terms=terms,
        total=total,
        result=total,
        formula=f"sum of {inputs.size} inputs / {inputs.size}",
    )


def adaptive_span(at: int, side: int, target: int) -> Span:
    """The inputs that PyTorch averages for place ``at`` of ``target``, from ``side`` values."""
    return Span(at * side // target, -(-(at + 1) * side // target))


def doubles(values: Tensor) -> Floats:
    """Weights as numbers in double precision."""
    found: Floats = values.detach().cpu().double().numpy()
    return found


def _one(values: Tensor | None, channel: int) -> float:
    return 0.0 if values is None else float(values[channel].detach())
