"""Layers without trained weights: activation, max pooling, response norm, softmax, and passing."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from torch import nn

from alexnet_core.inspection.arithmetic.terms import Floats, Made, Place, Span, Step, Window, cut


def activation(at: Place) -> Made:
    """ReLU or tanh of one value."""
    if isinstance(at.layer, nn.Tanh):
        return _single(at, math.tanh(at.value), "tanh(input)")
    # Python's max would turn NaN into 0, as the network does not.
    return _single(at, float(np.maximum(at.value, 0.0)), "max(0, input)")


def passing(at: Place) -> Made:
    """What a value goes through unchanged: dropout, which only acts in training."""
    return _single(at, at.value, "input (dropout rests outside training)")


def flatten(at: Place) -> Made:
    """One place of the maps becomes one of a row of features: channel by channel, row by row."""
    channel, row, column = (int(place) for place in np.unravel_index(at.channel, at.spec.in_shape))
    there = at._replace(channel=channel, row=row, column=column)
    return _single(there, there.value, f"input at channel {channel}, row {row}, column {column}")


def max_pool(at: Place) -> Made:
    """The largest of a window; padding counts as minus infinity, so it never wins."""
    spec = at.spec
    top, left = (place * spec.stride - spec.padding for place in (at.row, at.column))
    window = Window(
        Span(at.channel, at.channel + 1),
        Span(top, top + spec.kernel),
        Span(left, left + spec.kernel),
    )
    inputs, inside = cut(at.given, window, -math.inf)
    winner = tuple(int(place) for place in np.unravel_index(inputs.argmax(), inputs.shape))
    largest = float(inputs[winner])
    return Made(
        window=window,
        inputs=inputs,
        inside=inside,
        terms=inputs,
        total=largest,
        result=largest,
        formula=f"largest of {spec.kernel} × {spec.kernel} inputs",
        winner=winner,
    )


def response_norm(at: Place) -> Made:
    """A value over its neighbours' strength: the same place on the n maps around it.

    Source: Krizhevsky, Sutskever and Hinton, 2012, section 3.3. There alpha multiplies the sum of
    the squares, in PyTorch their mean over n, maps past the ends counted as zero; the alpha shown
    is the paper's.
    """
    layer = cast(nn.LocalResponseNorm, at.layer)
    alpha = layer.alpha / layer.size
    first = at.channel - layer.size // 2
    window = at.alone._replace(channels=Span(first, first + layer.size))
    cube, there = cut(at.given, window, 0.0)
    inputs, inside = cube.ravel(), there.ravel()
    terms = inputs**2
    total = float(terms.sum())
    scale = layer.k + alpha * total
    divisor = float(np.float64(scale) ** layer.beta)
    return Made(
        window=window,
        inputs=inputs,
        inside=inside,
        terms=terms,
        total=total,
        result=at.value / divisor,
        formula="input / (k + alpha × sum of squares) ^ beta",
        steps=(
            Step("input", at.value),
            Step("k", layer.k),
            Step("alpha", alpha),
            Step("k + alpha × sum", scale),
            Step("beta", layer.beta),
            Step("divisor", divisor),
        ),
    )


def softmax(logits: Floats, channel: int) -> Made:
    """Exponentials as shares of their sum.

    The largest logit is taken from all first, which changes no share and keeps the exponentials
    finite.
    """
    largest = float(logits.max())
    terms = np.exp(logits - largest)
    total = float(terms.sum())
    return Made(
        window=Window(Span(0, len(logits))),
        inputs=logits,
        inside=np.ones(len(logits), dtype=bool),
        terms=terms,
        total=total,
        result=float(terms[channel]) / total,
        formula="exp(logit - largest) / sum of exp(each logit - largest)",
        steps=(Step("largest logit", largest), Step("exponential", float(terms[channel]))),
    )


def _single(at: Place, result: float, formula: str) -> Made:
    one = np.array([at.value])
    return Made(
        window=at.alone,
        inputs=one,
        inside=np.ones(1, dtype=bool),
        terms=one,
        total=at.value,
        result=result,
        formula=formula,
    )
