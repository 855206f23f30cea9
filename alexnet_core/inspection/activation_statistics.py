"""What a layer's output looks like in numbers, as a whole and channel by channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alexnet_core.errors import ConfigError

SILENT = 1e-6
"""Values no farther from zero count as silent; ReLU's are zero exactly."""

MOST_BINS = 1024


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Figures of some values; of the finite ones among them, and NaN where there are none."""

    mean: float
    std: float
    """Standard deviation over all values (divided by n)."""
    minimum: float
    maximum: float
    sparsity: float
    """Share of silent values, 0 to 1."""
    l1: float
    """Sum of the sizes."""
    l2: float
    """Root of the sum of the squares."""
    broken: int
    """How many values are NaN or infinite; no other figure counts them."""


@dataclass(frozen=True, kw_only=True)
class ChannelStatistics(Statistics):
    """Figures of one channel over its positions, or of one unit of a flat layer."""

    index: int


def of(values: NDArray[np.floating]) -> tuple[ChannelStatistics, ...]:
    """Statistics of every channel, in order.

    Args:
        values: what a layer gave, (C, H, W) or (features,).
    """
    figures = _figures(values.reshape(len(values), -1))
    return tuple(
        ChannelStatistics(index=index, broken=int(broken), **row)
        for index, (broken, row) in enumerate(_rows(figures))
    )


def whole(values: NDArray[np.floating]) -> Statistics:
    """Statistics of all values together, whatever their shape."""
    [(broken, row)] = _rows(_figures(values.reshape(1, -1)))
    return Statistics(broken=int(broken), **row)


def histogram(
    values: NDArray[np.floating], bins: int = 32
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many values lie in each of ``bins`` equal steps from the smallest to the largest.

    NaN and infinity are left out; the counts are all zero where nothing else is there.

    Returns:
        Counts (bins,), and the edges between the steps (bins + 1,).

    Raises:
        ConfigError: ``bins`` is below 1 or above 1,024.
    """
    if not 1 <= bins <= MOST_BINS:
        raise ConfigError("bins", bins, f"1 to {MOST_BINS}")
    finite = values[np.isfinite(values)].astype(np.float64)
    counts, edges = np.histogram(finite, bins)
    return counts.astype(np.int64), edges


def _figures(rows: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Figures of every row of (n, values), each (n,)."""
    finite = np.isfinite(rows)
    known = np.where(finite, rows, 0).astype(np.float64)
    sizes = np.abs(known)
    count = finite.sum(axis=1)
    # A row without a finite value has no mean, and a division by zero says so as NaN.
    with np.errstate(invalid="ignore"):
        mean = known.sum(axis=1) / count
        off = np.where(finite, known - mean[:, None], 0)
        sparsity = (finite & (sizes <= SILENT)).sum(axis=1) / count
        std = np.sqrt((off**2).sum(axis=1) / count)
    there = count > 0
    return {
        "broken": (~finite).sum(axis=1).astype(np.float64),
        "mean": mean,
        "std": std,
        "minimum": np.where(there, np.where(finite, known, np.inf).min(axis=1), np.nan),
        "maximum": np.where(there, np.where(finite, known, -np.inf).max(axis=1), np.nan),
        "sparsity": sparsity,
        "l1": np.where(there, sizes.sum(axis=1), np.nan),
        "l2": np.where(there, np.sqrt((known**2).sum(axis=1)), np.nan),
    }


def _rows(figures: dict[str, NDArray[np.float64]]) -> list[tuple[float, dict[str, float]]]:
    broken = figures.pop("broken").tolist()
    columns = [column.tolist() for column in figures.values()]
    named = (dict(zip(figures, row, strict=True)) for row in zip(*columns, strict=True))
    return list(zip(broken, named, strict=True))
