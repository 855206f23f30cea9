"""Means over pictures with a bootstrap interval, and rank correlation between maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_core.config import Config

_RESAMPLES = 2000
_CONFIDENCE = 0.95


class Estimate(Config):
    """A mean with its 95 % interval."""

    mean: float

    low: float
    """Where the interval begins."""

    high: float
    """Where it ends."""

    n: int
    """Over how many pictures."""

    median: float
    """The middle value, which a few extreme pictures do not move."""


def estimate(values: Sequence[float | None], seed: int = 0) -> Estimate | None:
    """The mean of what is known, with the percentile bootstrap's interval; None where nothing is.

    Source: Efron, 1979, "Bootstrap Methods: Another Look at the Jackknife".

    Args:
        values: one a picture; None where the picture gave none.
        seed: of the resampling.
    """
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(known):
        return None
    random = np.random.default_rng(seed)
    drawn = known[random.integers(0, len(known), (_RESAMPLES, len(known)))].mean(axis=1)
    low, high = np.quantile(drawn, [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    return Estimate(
        mean=float(known.mean()),
        low=float(low),
        high=float(high),
        n=len(known),
        median=float(np.median(known)),
    )


def spearman(one: NDArray[np.floating], other: NDArray[np.floating]) -> float | None:
    """The rank correlation of two maps, -1 to 1; None where one of them is the same everywhere.

    Pearson's correlation of the ranks, equal values sharing their mean rank. Source: Spearman,
    1904, "The Proof and Measurement of Association between Two Things".

    Args:
        one: any shape.
        other: the same shape.
    """
    [found] = rank_correlations([one, other])[0, 1:]
    return None if np.isnan(found) else float(found)


def rank_correlations(maps: list[NDArray[np.floating]]) -> NDArray[np.float64]:
    """`spearman` of every pair, (n, n); NaN where a map is the same everywhere."""
    ranked = np.stack([_ranks(map_.ravel()) for map_ in maps])
    off = ranked - ranked.mean(axis=1, keepdims=True)
    length = np.sqrt((off**2).sum(axis=1))
    length[length == 0] = np.nan
    unit = off / length[:, None]
    found: NDArray[np.float64] = np.clip(unit @ unit.T, -1, 1)
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement:
    """Spearman's rank correlation between the maps of several methods."""

    methods: tuple[str, ...]
    matrix: NDArray[np.float64]
    """(methods, methods), -1 to 1; NaN where a map is the same everywhere."""


def agreement(heats: Mapping[str, NDArray[np.floating]]) -> Agreement:
    """How far the methods put the pixels of one picture in the same order.

    Args:
        heats: method -> (S, S).
    """
    found = rank_correlations(list(heats.values())) if heats else np.zeros((0, 0))
    return Agreement(methods=tuple(heats), matrix=found)


def mean_agreement(found: Sequence[Agreement]) -> Agreement:
    """The mean over pictures, pair by pair, of those that have a number.

    Args:
        found: one a picture, of the same methods in the same order; at least one.
    """
    matrices = np.stack([one.matrix for one in found])
    known = np.isfinite(matrices)
    total = np.where(known, matrices, 0).sum(axis=0)
    counts = known.sum(axis=0)
    means = np.where(counts, total / np.maximum(counts, 1), np.nan)
    return Agreement(methods=found[0].methods, matrix=means)


def _ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last: NDArray[Any] = np.cumsum(counts)
    means: NDArray[np.float64] = last - (counts - 1) / 2
    return means[place]
