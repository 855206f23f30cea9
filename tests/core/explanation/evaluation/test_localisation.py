from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.data import datasets
from alexnet_core.data.dataset import DrawnDataset
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError
from alexnet_core.explanation.evaluation import localisation
from alexnet_core.explanation.evaluation.localisation import Pointing

DRAWN = "shapes:size=40,train=10,test=30"


@pytest.fixture
def drawn() -> DrawnDataset:
    opened = datasets.open(DRAWN)
    assert isinstance(opened, DrawnDataset)
    return opened


def square(side: int = 4) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.zeros((side, side), dtype=bool)
    mask[:2, :2] = True
    return mask


def test_the_hottest_pixel_on_the_object_is_a_hit() -> None:
    heat = np.zeros((4, 4))
    heat[1, 1], heat[3, 3] = 2, -5
    found = localisation.point(heat, square())
    assert found.hit == 1
    assert found.relevance_mass_accuracy == pytest.approx(2 / 7)
    assert found.chance == 0.25


def test_the_hottest_pixel_beside_it_is_a_miss() -> None:
    heat = np.zeros((4, 4))
    heat[1, 1], heat[3, 3] = 2, 3
    assert localisation.point(heat, square()).hit == 0


def test_of_several_equally_hot_pixels_each_counts() -> None:
    heat = np.zeros((4, 4))
    heat[0, 0] = heat[0, 1] = heat[0, 2] = heat[0, 3] = 1
    assert localisation.point(heat, square()).hit == 0.5


def test_a_map_without_heat_scores_what_chance_does_and_has_no_share() -> None:
    found = localisation.point(np.zeros((4, 4)), square())
    assert found == Pointing(hit=0.25, relevance_mass_accuracy=None, chance=0.25)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"mask is \(4, 4\); allowed: the size of the map"):
        localisation.point(np.zeros((5, 5)), square())


def test_the_mask_goes_the_picture_s_way(drawn: DrawnDataset) -> None:
    same = localisation.mask_of(drawn, "test", 3, Transform(input_size=40))
    assert np.array_equal(same, drawn.mask("test", 3))
    middle = localisation.mask_of(drawn, "test", 3, Transform(input_size=20, resize=40))
    assert np.array_equal(middle, drawn.mask("test", 3)[10:30, 10:30])


@pytest.mark.parametrize("side", [16, 64])
def test_the_mask_covers_as_much_at_any_size(drawn: DrawnDataset, side: int) -> None:
    for number in range(10):
        mask = localisation.mask_of(drawn, "test", number, Transform(input_size=side))
        assert mask.shape == (side, side)
        assert mask.mean() == pytest.approx(drawn.mask("test", number).mean(), abs=0.03)


def test_means_come_with_intervals() -> None:
    assert localisation.summarise([]) is None
    found = [
        Pointing(
            hit=float(place % 2), relevance_mass_accuracy=None if place == 3 else 0.5, chance=0.2
        )
        for place in range(100)
    ]
    truth = localisation.summarise(found)
    assert truth is not None
    assert (truth.hit.mean, truth.hit.n) == (0.5, 100)
    assert truth.hit.low == pytest.approx(0.4, abs=0.03)
    assert truth.hit.high == pytest.approx(0.6, abs=0.03)
    assert truth.relevance_mass_accuracy is not None
    assert (
        truth.relevance_mass_accuracy.low,
        truth.relevance_mass_accuracy.high,
        truth.relevance_mass_accuracy.n,
    ) == (0.5, 0.5, 99)
    assert truth.gain is not None
    assert truth.gain.mean == pytest.approx(0.3)
    assert truth.hit_gain.mean == pytest.approx(0.3)


def test_maps_without_any_heat_leave_the_share_open() -> None:
    truth = localisation.summarise(
        [Pointing(hit=0.2, relevance_mass_accuracy=None, chance=0.2)] * 3
    )
    assert truth is not None
    assert truth.relevance_mass_accuracy is None
    assert truth.gain is None
    assert truth.hit.mean == pytest.approx(0.2)
