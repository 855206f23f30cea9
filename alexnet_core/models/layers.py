"""One layer of a network as plain facts, before anything is built."""

from __future__ import annotations

from typing import Literal, NamedTuple

LayerKind = Literal[
    "conv",
    "activation",
    "lrn",
    "batch_norm",
    "max_pool",
    "adaptive_avg_pool",
    "flatten",
    "dropout",
    "linear",
]


class LayerSpec(NamedTuple):
    """One named layer: what it is and the shapes that go in and out, (C, H, W) or (features,)."""

    name: str
    kind: LayerKind
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1


def slide(size: int, kernel: int, stride: int, padding: int) -> int:
    """Positions of a window of ``kernel`` over ``size`` pixels; below 1 where it does not fit."""
    return (size + 2 * padding - kernel) // stride + 1
