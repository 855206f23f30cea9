from __future__ import annotations

import math

import numpy as np
import pytest

from alexnet_core.errors import ConfigError
from alexnet_core.inspection import activation_statistics
from alexnet_core.inspection.activation_statistics import Statistics


@pytest.fixture
def maps() -> np.ndarray:
    values = np.random.default_rng(0).standard_normal((6, 5, 4)).astype(np.float32)
    values[1] = np.maximum(values[1], 0)
    values[2] = 0
    return values


def test_each_channel_has_its_own_figures(maps: np.ndarray) -> None:
    found = activation_statistics.of(maps)
    assert [channel.index for channel in found] == list(range(6))
    for channel, values in zip(found, maps, strict=True):
        assert channel.mean == pytest.approx(values.mean(), abs=1e-6)
        assert channel.std == pytest.approx(values.std(), abs=1e-6)
        assert channel.minimum == values.min()
        assert channel.maximum == values.max()
        assert channel.sparsity == (values == 0).mean()
        assert channel.l1 == pytest.approx(np.abs(values).sum(), abs=1e-5)
        assert channel.l2 == pytest.approx(np.linalg.norm(values), abs=1e-5)
        assert channel.broken == 0
    assert 0 < found[1].sparsity < 1
    assert found[2].sparsity == 1


def test_a_flat_layer_has_a_channel_for_every_unit() -> None:
    found = activation_statistics.of(np.array([0.0, -2.0, 1e-7], dtype=np.float32))
    assert [(unit.mean, unit.std, unit.l1, unit.sparsity) for unit in found] == [
        (0, 0, 0, 1),
        (-2, 0, 2, 0),
        (pytest.approx(1e-7), 0, pytest.approx(1e-7), 1),
    ]


def test_the_whole_layer_is_one_set_of_values(maps: np.ndarray) -> None:
    found = activation_statistics.whole(maps)
    assert type(found) is Statistics
    assert found.mean == pytest.approx(maps.mean(), abs=1e-6)
    assert found.maximum == maps.max()
    assert found.sparsity == (maps == 0).mean()


def test_nan_and_infinity_are_counted_and_left_out(maps: np.ndarray) -> None:
    maps[0, 0, :3] = (math.nan, math.inf, -math.inf)
    maps[3] = math.nan
    maps[5] = np.abs(maps[5]) + 1
    maps[5, 0, 0] = math.nan
    found = activation_statistics.of(maps)
    rest = maps[0][np.isfinite(maps[0])]
    assert found[0].broken == 3
    assert found[0].mean == pytest.approx(rest.mean(), abs=1e-6)
    assert found[0].std == pytest.approx(rest.std(), abs=1e-6)
    assert (found[0].minimum, found[0].maximum) == (rest.min(), rest.max())
    assert found[3].broken == 20
    assert found[5].minimum == np.nanmin(maps[5]) > 0
    for figure in ("mean", "std", "minimum", "maximum", "sparsity", "l1", "l2"):
        assert math.isnan(getattr(found[3], figure))
        assert not math.isnan(getattr(found[4], figure))


def test_a_histogram_counts_every_finite_value_once(maps: np.ndarray) -> None:
    maps[0, 0, 0] = math.nan
    counts, edges = activation_statistics.histogram(maps, bins=10)
    assert (len(counts), len(edges)) == (10, 11)
    assert counts.sum() == maps.size - 1
    assert edges[0] == np.nanmin(maps)
    assert edges[-1] == np.nanmax(maps)
    inside = maps[(maps >= edges[3]) & (maps < edges[4])]
    assert counts[3] == len(inside)


@pytest.mark.parametrize("values", [[0.0] * 5, [math.nan] * 5, [], [3e38, -3e38]])
def test_a_histogram_survives_whatever_a_network_gives(values: list[float]) -> None:
    counts, edges = activation_statistics.histogram(np.array(values, dtype=np.float32))
    assert counts.sum() == np.isfinite(values).sum()
    assert np.isfinite(edges).all()


@pytest.mark.parametrize("bins", [0, -1, 1025])
def test_a_histogram_without_bins_is_refused(bins: int) -> None:
    with pytest.raises(ConfigError, match=f"bins is {bins}; allowed: 1 to 1024"):
        activation_statistics.histogram(np.zeros(3), bins)
