"""A seeded split that gives every class its share of each part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alexnet_core.data.cards import SPLITS
from alexnet_core.errors import ConfigError

Percent = tuple[int, int, int]
"""Whole percents for train, val and test; they make 100."""


def check_percent(percent: Percent) -> None:
    """Refuse what is no split.

    Raises:
        ConfigError: they do not make 100, one is negative, or nothing is left to train on.
    """
    if len(percent) != len(SPLITS) or sum(percent) != 100 or min(percent) < 0 or not percent[0]:
        allowed = "three whole numbers that make 100, the first above 0"
        raise ConfigError("percent", percent, allowed)


def shares(pictures: int, percent: Percent) -> tuple[int, int, int]:
    """How many of a class's pictures `stratified` puts into train, val and test.

    Args:
        pictures: of the class, at least one.
        percent: shares of train, val and test.
    """
    test = _share(pictures, percent[2], pictures - 1)
    val = _share(pictures, percent[1], pictures - 1 - test)
    return pictures - test - val, val, test


def stratified(labels: NDArray[np.int64], percent: Percent, seed: int) -> NDArray[np.uint8]:
    """Draw a split for every picture.

    The draw of a class depends on the seed and the class alone. Every class keeps a picture to
    train on; then test and val get at least one each where their percentage is not 0 and pictures
    are left.

    Args:
        labels: (N,) class numbers.
        percent: shares of train, val and test.
        seed: the same seed gives the same split.

    Returns:
        (N,) places in `cards.SPLITS`.
    """
    splits = np.zeros(len(labels), np.uint8)
    for label in np.unique(labels):
        random = np.random.default_rng([seed, int(label)])
        rows = random.permutation(np.flatnonzero(labels == label))
        _, val, test = shares(len(rows), percent)
        splits[rows[:test]] = SPLITS.index("test")
        splits[rows[test : test + val]] = SPLITS.index("val")
    return splits


def _share(pictures: int, percent: int, most: int) -> int:
    return min(most, max(1, round(pictures * percent / 100))) if percent else 0
