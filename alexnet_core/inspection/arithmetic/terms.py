"""What one number of the network was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import nn

from alexnet_core.models.layers import LayerKind, LayerSpec

Floats = NDArray[np.float64]
ArithmeticKind = LayerKind | Literal["softmax"]


class Span(NamedTuple):
    """From ``first`` up to, but without, ``stop``."""

    first: int
    stop: int


class Window(NamedTuple):
    """The part of a layer's input that one output value is made of.

    It may begin below zero and end past the edge: that is padding. In flat layers ``channels``
    counts the features, and rows and columns are the one at 0.
    """

    channels: Span
    rows: Span = Span(0, 1)
    columns: Span = Span(0, 1)


class Step(NamedTuple):
    """A number on the way, with its name in words."""

    name: str
    value: float


class Place(NamedTuple):
    """The output value that is explained, and what its layer works with."""

    spec: LayerSpec
    layer: nn.Module
    given: NDArray[np.float32]
    """The layer's whole input, (C, H, W) or (features,)."""
    channel: int
    row: int
    column: int

    @property
    def value(self) -> float:
        """The input at this very place."""
        return float(self.given[(self.channel, self.row, self.column)[: self.given.ndim]])

    @property
    def alone(self) -> Window:
        """The window that holds this very place and no other."""
        return Window(*(Span(at, at + 1) for at in (self.channel, self.row, self.column)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """How a rule makes a value; `Arithmetic` says of which layer and where."""

    window: Window
    inputs: Floats
    """The values in the window, with what the padding counts as. A convolution and poolings
    have (channels, rows, columns), everything else (n,)."""
    inside: NDArray[np.bool_]
    """Which of them are no padding; same shape."""
    terms: Floats
    """What the rule adds up, or for max pooling compares; same shape."""
    total: float
    """The terms and the bias added up; for max pooling the largest term."""
    result: float
    """The value itself, after all that the rule still does with the total."""
    formula: str
    """The rule in one line of plain text."""
    weights: Floats | None = None
    """What each input is multiplied by; same shape, or None where a rule has no weights."""
    bias: float = 0.0
    """Added to the terms."""
    steps: tuple[Step, ...] = field(default=())
    """The numbers between the total and the result, or those that the weights are made of."""
    winner: tuple[int, ...] | None = None
    """Max pooling: where in the window the largest value lies."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arithmetic(Made):
    """One output value with everything that it was computed from, in double precision."""

    layer: str
    kind: ArithmeticKind
    channel: int
    """Channel, or the feature or class of a flat layer."""
    row: int
    column: int
    captured: float
    """What the layer itself gave there, in single precision; equal to `result` to 1e-4."""


def cut(
    values: NDArray[np.float32], window: Window, outside: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """The window of (C, H, W) values with ``outside`` past the edges, and what lies inside.

    Returns:
        Both of the window's shape (channels, rows, columns).
    """
    spans = (window.channels, window.rows, window.columns)
    found = np.full([span.stop - span.first for span in spans], outside)
    inside = np.zeros(found.shape, dtype=bool)
    pairs = list(zip(spans, values.shape, strict=True))
    real = tuple(slice(max(0, span.first), min(size, span.stop)) for span, size in pairs)
    there = tuple(
        slice(part.start - span.first, part.stop - span.first)
        for part, span in zip(real, spans, strict=True)
    )
    found[there] = values[real]
    inside[there] = True
    return found, inside
