"""A mean over pictures and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
