from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.data import datasets
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.augmentation_preview import choose, unchanged, versions
from alexnet_core.data.transforms import Transform

SET = "shapes:size=24,train=40,test=10"


@pytest.fixture
def transform():
    card = datasets.open(SET).card
    return Transform(input_size=16, resize=20, mean=card.mean, std=card.std)


@pytest.fixture
def chosen(transform):
    return choose(datasets.open(SET), transform.replace(input_size=20), 4)


def test_pictures_are_of_different_classes_and_the_same_each_time(chosen, transform):
    assert len(set(chosen.labels)) == 4
    assert chosen.pixels.shape == (4, 20, 20, 3)
    dataset, wide = datasets.open(SET), transform.replace(input_size=20)
    again, others = choose(dataset, wide, 4), choose(dataset, wide, 4, seed=1)
    assert np.array_equal(again.pixels, chosen.pixels)
    assert not np.array_equal(others.pixels, chosen.pixels)


def test_more_pictures_than_classes_take_second_ones(transform):
    found = choose(datasets.open(SET), transform, 15)
    assert len(found.labels) == 15
    assert len(set(found.labels)) == 10


def test_no_augmentation_changes_no_pixel(chosen, transform):
    as_is = unchanged(chosen.pixels, transform)
    assert as_is.shape == (4, 16, 16, 3)
    kept = chosen.pixels[:, 2:18, 2:18]
    found = versions(kept, transform, Augmentation(), 3)
    assert found.shape == (4, 3, 16, 16, 3)
    assert all(np.array_equal(found[:, at], as_is) for at in range(3))


def test_a_mirror_gives_the_picture_or_its_mirror_image(chosen, transform):
    kept = unchanged(chosen.pixels, transform)
    found = versions(kept, transform, Augmentation(flip=True), 12)
    for picture, several in zip(kept, found, strict=True):
        ways = {
            "as it is" if np.array_equal(one, picture) else "mirrored"
            for one in several
            if np.array_equal(one, picture) or np.array_equal(one, picture[:, ::-1])
        }
        assert ways == {"as it is", "mirrored"}


def test_a_random_crop_is_a_part_of_the_wide_picture(chosen, transform):
    found = versions(chosen.pixels, transform, Augmentation(crop_margin=4), 6)
    places = {
        (top, left)
        for one in found[0]
        for top in range(5)
        for left in range(5)
        if np.array_equal(one, chosen.pixels[0, top : top + 16, left : left + 16])
    }
    assert len(places) > 1


@pytest.mark.parametrize("field", ["brightness", "contrast", "pca_noise"])
def test_colours_change(chosen, transform, field):
    kept = unchanged(chosen.pixels, transform)
    found = versions(kept, transform, Augmentation(**{field: 0.5}), 4)
    assert not np.array_equal(found[0, 0], kept[0])
    assert not np.array_equal(found[0, 0], found[0, 1])


def test_a_square_is_set_to_the_mean_colour(chosen, transform):
    kept = unchanged(chosen.pixels, transform)
    found = versions(kept, transform, Augmentation(cutout=6), 4)
    mean = np.array([round(255 * level) for level in transform.mean])
    changed = (found[0, 0] != kept[0]).any(axis=-1)
    assert changed.any()
    assert (found[0, 0][changed] == mean).all()


def test_another_seed_draws_other_versions(chosen, transform):
    augmentation = Augmentation(crop_margin=4, flip=True)
    one, other = (versions(chosen.pixels, transform, augmentation, 6, seed) for seed in (0, 1))
    assert not np.array_equal(one, other)
