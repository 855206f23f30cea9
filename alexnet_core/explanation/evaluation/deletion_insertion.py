"""Deletion and insertion: take away, or bring, the pixels in a map's order and ask again.

Source: Petsiuk, Das and Saenko, 2018, "RISE: Randomized Input Sampling for Explanation of
Black-box Models", section 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from torch import Tensor

    from alexnet_core.explanation.batched_scores import Answers
    from alexnet_core.models.library import LoadedModel

Fill = Literal["mean", "black", "blur"]
"""What stands where a pixel is not: the mean colour of the data set, black, or a blur."""

_BLUR = 1 / 16
"""Radius as a share of the picture's side; nothing of the size of an object is left."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """What the network says while pixels go or come."""

    shares: NDArray[np.float64]
    """(steps + 1,) how much of the picture was taken away or brought, 0 to 1."""
    scores: NDArray[np.float64]
    """(steps + 1,) the target's `Answers.scores` then."""

    @property
    def area(self) -> float:
        """Under the curve, by trapezoids; the mean score on the way."""
        middles = (self.scores[1:] + self.scores[:-1]) / 2
        return float((middles * np.diff(self.shares)).sum())


def curve(
    answers: Answers,
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
        answers: of the picture.
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
    scores = answers.scores(answers.mixed(changed, start, end))
    return Curve(shares=counts / heat.size, scores=scores)


def filled(model: LoadedModel, pixels: NDArray[np.uint8], fill: Fill) -> Tensor:
    """The picture without anything on it, normalised, (3, S, S).

    Args:
        model: whose mean colour and scale are meant.
        pixels: (S, S, 3) what the network saw.
        fill: what takes the place of the pixels.
    """
    if fill == "blur":
        image = Image.fromarray(pixels)
        bare = np.array(image.filter(ImageFilter.GaussianBlur(max(image.size) * _BLUR)))
    else:
        bare = np.zeros_like(pixels)
    # Normalised, the mean colour is zero.
    given = model.transform.normalise(torch.from_numpy(bare)[None])[0]
    return torch.zeros_like(given) if fill == "mean" else given
