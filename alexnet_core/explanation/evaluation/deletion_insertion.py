"""Deletion and insertion: take away, or bring, the pixels in a map's order and ask again.

Source: Petsiuk, Das and Saenko, 2018, "RISE: Randomized Input Sampling for Explanation of
Black-box Models", section 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from alexnet_core.explanation.evaluation.batched_scores import BatchedScores


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """What the network says while pixels go or come."""

    shares: NDArray[np.float64]
    """(steps + 1,) how much of the picture was taken away or brought, 0 to 1."""
    scores: NDArray[np.float64]
    """(steps + 1,) the target's `BatchedScores.scores` then."""

    @property
    def area(self) -> float:
        """Under the curve, by trapezoids; the mean score on the way."""
        middles = (self.scores[1:] + self.scores[:-1]) / 2
        return float((middles * np.diff(self.shares)).sum())


def curve(
    batched: BatchedScores,
    heat: NDArray[np.floating],
    start: Tensor,
    end: Tensor,
    *,
    steps: int,
    seed: int = 0,
) -> Curve:
    """Turn one input into another, the hottest pixels first.

    Deletion goes from the picture to its fill, insertion from the fill to the picture.

    Args:
        batched: of the picture.
        heat: (S, S); pixels of the same heat go in a random order.
        start: (3, S, S), normalised.
        end: (3, S, S), normalised.
        steps: in so many equal parts.
        seed: of the random order.
    """
    order = np.lexsort((np.random.default_rng(seed).random(heat.size), -heat.ravel()))
    turn = np.empty(heat.size, dtype=np.int64)
    turn[order] = np.arange(heat.size)
    counts = np.round(np.linspace(0, heat.size, steps + 1)).astype(np.int64)
    changed = turn.reshape(heat.shape)[None] < counts[:, None, None]
    scores = batched.scores(batched.mixed(changed, start, end))
    return Curve(shares=counts / heat.size, scores=scores)
