from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from alexnet_core.explanation.evaluation.statistics import (
    Agreement,
    agreement,
    estimate,
    mean_agreement,
    spearman,
)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("levels", [2, 5, 10**9])
def test_rank_correlation_is_scipy_s_also_with_ties(
    random: np.random.Generator, levels: int
) -> None:
    for _ in range(5):
        one = random.integers(0, levels, (9, 9)).astype(np.float32)
        other = one + random.integers(0, levels, (9, 9)).astype(np.float32)
        expected = spearmanr(one.ravel(), other.ravel()).statistic
        assert spearman(one, other) == pytest.approx(expected, abs=1e-12)


def test_only_the_order_counts(random: np.random.Generator) -> None:
    heat = random.normal(size=(8, 8))
    assert spearman(heat, np.exp(heat)) == pytest.approx(1)
    assert spearman(heat, -(heat**3)) == pytest.approx(-1)


def test_a_flat_map_has_no_order(random: np.random.Generator) -> None:
    heat = random.normal(size=(8, 8))
    assert spearman(heat, np.ones((8, 8))) is None
    assert spearman(np.zeros((8, 8)), heat) is None


def test_every_pair_of_methods(random: np.random.Generator) -> None:
    heats = {name: random.normal(size=(6, 6)) for name in ("a", "b", "c")} | {"d": np.ones((6, 6))}
    found = agreement(heats)
    assert found.methods == ("a", "b", "c", "d")
    assert np.allclose(np.diag(found.matrix)[:3], 1)
    assert np.allclose(found.matrix, found.matrix.T, equal_nan=True)
    assert found.matrix[0, 2] == pytest.approx(spearman(heats["a"], heats["c"]))
    assert np.isnan(found.matrix[3]).all()
    assert agreement({}).matrix.shape == (0, 0)


def test_the_mean_over_pictures_leaves_out_what_has_no_number() -> None:
    one = Agreement(methods=("a", "b"), matrix=np.array([[1, 0.2], [0.2, np.nan]]))
    other = Agreement(methods=("a", "b"), matrix=np.array([[1, np.nan], [0.6, np.nan]]))
    found = mean_agreement([one, other])
    assert found.methods == ("a", "b")
    assert np.allclose(found.matrix, [[1, 0.2], [0.4, np.nan]], equal_nan=True)


def test_an_interval_is_as_wide_as_theory_says(random: np.random.Generator) -> None:
    values = random.normal(3, 2, 400)
    found = estimate(list(values))
    assert found is not None
    assert (found.mean, found.n) == (pytest.approx(values.mean()), 400)
    half = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - half, abs=0.02)
    assert found.high == pytest.approx(values.mean() + half, abs=0.02)
    assert found == estimate(list(values))


def test_an_interval_holds_the_truth_as_often_as_it_says(random: np.random.Generator) -> None:
    held = 0
    for seed in range(200):
        found = estimate(list(random.exponential(1, 60)), seed)
        assert found is not None
        held += found.low <= 1 <= found.high
    assert 0.88 <= held / 200 <= 0.98


def test_what_is_unknown_is_left_out() -> None:
    found = estimate([None, 2.0, None])
    assert found is not None
    assert (found.mean, found.low, found.high, found.n, found.median) == (2, 2, 2, 1, 2)
    extreme = estimate([1.0, 2.0, 600.0])
    assert extreme is not None
    assert (extreme.mean, extreme.median) == (201, 2)
    assert estimate([None]) is None
    assert estimate([]) is None
