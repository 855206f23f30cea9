"""Seeded splits that give every class its share of each part.

One rule says how many pictures of a class go where (`shares`); an import, the Data page and a run
that has no validation pictures of its own all follow it.
"""

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


def share_apart(pictures: int, percent: int) -> int:
    """How many of a class's training pictures `set_apart` takes.

    Args:
        pictures: of the class; a class without any gives none.
        percent: of them.
    """
    return shares(pictures, (100 - percent, percent, 0))[1] if pictures else 0


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


def set_apart(
    labels: NDArray[np.int64], percent: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Set training pictures apart for validation, as a run does for itself.

    Every class keeps a picture to train on, and gives at least one where it has two.

    Args:
        labels: (N,) class numbers of the training pictures.
        percent: how many of each class; 0 for none.
        seed: the same seed sets the same pictures apart.

    Returns:
        Rows to train on, rows to validate on; both in order.
    """
    # One generator for all classes, not one each as in `stratified`: runs that are on record were
    # drawn so, and resuming or repeating one must find the same pictures.
    random = np.random.default_rng(seed)
    held = []
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        held.append(rows[: share_apart(len(rows), percent)])
    validation = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), validation), validation


def _share(pictures: int, percent: int, most: int) -> int:
    return min(most, max(1, round(pictures * percent / 100))) if percent else 0
