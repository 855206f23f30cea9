"""Whether methods agree: the rank correlation of every pair of maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alexnet_core.explanation.evaluation import rank_correlation


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
    found = rank_correlation.matrix(list(heats.values())) if heats else np.zeros((0, 0))
    return Agreement(methods=tuple(heats), matrix=found)


def mean(found: Sequence[Agreement]) -> Agreement:
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
