"""Whether two maps put pixels in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spearman(one: NDArray[np.floating], other: NDArray[np.floating]) -> float | None:
    """The rank correlation of two maps, -1 to 1; None where one of them is the same everywhere.

    Pearson's correlation of the ranks, equal values sharing their mean rank. Source: Spearman,
    1904, "The Proof and Measurement of Association between Two Things".

    Args:
        one: any shape.
        other: the same shape.
    """
    [found] = matrix([one, other])[0, 1:]
    return None if np.isnan(found) else float(found)


def matrix(maps: list[NDArray[np.floating]]) -> NDArray[np.float64]:
    """`spearman` of every pair, (n, n); NaN where a map is the same everywhere."""
    ranked = np.stack([_ranks(map_.ravel()) for map_ in maps])
    off = ranked - ranked.mean(axis=1, keepdims=True)
    length = np.sqrt((off**2).sum(axis=1))
    length[length == 0] = np.nan
    unit = off / length[:, None]
    found: NDArray[np.float64] = np.clip(unit @ unit.T, -1, 1)
    return found


def _ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last: NDArray[Any] = np.cumsum(counts)
    means: NDArray[np.float64] = last - (counts - 1) / 2
    return means[place]
