from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.data.importing.split import check_percent, set_apart, shares, stratified
from alexnet_core.errors import ConfigError

LABELS = np.repeat(np.arange(3), (100, 50, 10))
UNEQUAL = np.repeat([0, 1, 2], [50, 30, 20])


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


def test_setting_apart_takes_the_same_share_of_every_class() -> None:
    train, held = set_apart(UNEQUAL, 10, seed=0)
    assert np.bincount(UNEQUAL[held]).tolist() == [5, 3, 2]
    assert sorted([*train, *held]) == list(range(100))


def test_setting_apart_is_seeded() -> None:
    assert set_apart(UNEQUAL, 10, 0)[1].tolist() == set_apart(UNEQUAL, 10, 0)[1].tolist()
    assert set_apart(UNEQUAL, 10, 0)[1].tolist() != set_apart(UNEQUAL, 10, 1)[1].tolist()


def test_nothing_is_set_apart_at_zero() -> None:
    train, held = set_apart(UNEQUAL, 0, 0)
    assert len(train) == 100
    assert len(held) == 0


def test_runs_on_record_find_the_pictures_that_were_set_apart() -> None:
    """Drawn with these seeds before small classes gave one; larger ones give what they gave."""
    assert set_apart(UNEQUAL, 10, 0)[1].tolist() == [2, 4, 18, 23, 36, 55, 57, 78, 85, 92]
    assert set_apart(UNEQUAL, 20, 7)[1].tolist() == [
        0,
        6,
        10,
        12,
        20,
        24,
        28,
        37,
        45,
        46,
        53,
        64,
        71,
        75,
        76,
        77,
        83,
        85,
        87,
        89,
    ]


@pytest.mark.parametrize(
    ("pictures", "percent", "expected"),
    [
        ([4] * 6, 10, [1] * 6),
        ([40, 40, 4], 10, [4, 4, 1]),
        ([1, 2, 3], 10, [0, 1, 1]),
        ([2, 2], 50, [1, 1]),
        ([4, 4], 0, [0, 0]),
    ],
)
def test_small_classes_are_validated_too(
    pictures: list[int], percent: int, expected: list[int]
) -> None:
    labels = np.repeat(np.arange(len(pictures)), pictures)
    _, held = set_apart(labels, percent, seed=0)
    assert np.bincount(labels[held], minlength=len(pictures)).tolist() == expected
