from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.data.importing.split import check_percent, shares, stratified
from alexnet_core.errors import ConfigError

LABELS = np.repeat(np.arange(3), (100, 50, 10))


def counts(splits: np.ndarray, label: int) -> list[int]:
    return np.bincount(splits[label == LABELS], minlength=3).tolist()


def test_every_class_gets_its_share() -> None:
    splits = stratified(LABELS, (80, 10, 10), seed=0)

    assert [counts(splits, label) for label in range(3)] == [[80, 10, 10], [40, 5, 5], [8, 1, 1]]


def test_the_seed_decides() -> None:
    first = stratified(LABELS, (80, 10, 10), seed=1)

    assert np.array_equal(first, stratified(LABELS, (80, 10, 10), seed=1))
    assert not np.array_equal(first, stratified(LABELS, (80, 10, 10), seed=2))


@pytest.mark.parametrize(
    ("pictures", "expected"), [(1, [1, 0, 0]), (2, [1, 0, 1]), (3, [1, 1, 1]), (4, [2, 1, 1])]
)
def test_a_small_class_trains_first_then_tests(pictures: int, expected: list[int]) -> None:
    splits = stratified(np.zeros(pictures, np.int64), (80, 10, 10), seed=0)

    assert np.bincount(splits, minlength=3).tolist() == expected


def test_a_share_of_zero_stays_empty() -> None:
    splits = stratified(LABELS, (100, 0, 0), seed=0)

    assert not splits.any()


@pytest.mark.parametrize("percent", [(80, 10, 5), (0, 50, 50), (120, -10, -10), (50, 50)])
def test_impossible_shares_are_refused(percent: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError, match=r"percent is .* allowed: three whole numbers that make"):
        check_percent(percent)


@pytest.mark.parametrize("percent", [(80, 10, 10), (50, 25, 25), (90, 0, 10), (34, 33, 33)])
@pytest.mark.parametrize("pictures", [1, 2, 3, 7, 100])
def test_shares_are_told_before_they_are_drawn(
    pictures: int, percent: tuple[int, int, int]
) -> None:
    splits = stratified(np.zeros(pictures, np.int64), percent, seed=5)

    assert shares(pictures, percent) == tuple(np.bincount(splits, minlength=3).tolist())
