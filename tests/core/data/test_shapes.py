from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.data.shapes import CLASSES, draw
from alexnet_core.errors import UnknownNameError


def test_the_same_arguments_draw_the_same_picture() -> None:
    one, two = draw(7, size=48, seed=3), draw(7, size=48, seed=3)

    assert one.image.tobytes() == two.image.tobytes()
    assert np.array_equal(one.mask, two.mask)


@pytest.mark.parametrize("other", [{"index": 17}, {"seed": 1}, {"split": "test"}])
def test_index_seed_and_split_draw_other_pictures(other: dict[str, object]) -> None:
    arguments = {"index": 7, "seed": 0, "split": "train"}

    assert draw(**arguments).image.tobytes() != draw(**arguments | other).image.tobytes()


def test_classes_take_turns() -> None:
    assert [draw(index, size=16).label for index in range(20)] == [*range(10), *range(10)]
    assert list(CLASSES) == sorted(CLASSES)


@pytest.mark.parametrize("size", [16, 33, 64, 224])
def test_picture_and_mask_have_the_size(size: int) -> None:
    drawing = draw(1, size=size)

    assert (drawing.image.mode, drawing.image.size) == ("RGB", (size, size))
    assert drawing.mask.shape == (size, size)
    assert drawing.mask.dtype == np.bool_


def test_every_object_is_visible_and_inside() -> None:
    for index in range(200):
        mask = draw(index, size=64).mask
        assert 0.02 < mask.mean() < 0.6
        edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert edge.mean() < 0.25


def test_the_mask_is_where_the_object_is() -> None:
    for index in range(40):
        drawing = draw(index, size=96)
        levels = np.asarray(drawing.image, np.float64)
        inside, outside = levels[drawing.mask], levels[~drawing.mask]
        gap = np.linalg.norm(inside.mean(axis=0) - outside.mean(axis=0))
        assert gap > 60


def test_colour_and_place_tell_nothing_of_the_class() -> None:
    label = np.arange(600) % 10
    drawings = [draw(index, size=32) for index in range(600)]
    colours = np.array([np.asarray(d.image)[d.mask].mean(axis=0) for d in drawings])
    places = np.array([np.argwhere(d.mask).mean(axis=0) for d in drawings])

    for values in (colours, places):
        means = np.array([values[label == which].mean(axis=0) for which in range(10)])
        # Differences of the classes' means are those of chance: 60 draws each.
        assert (np.abs(means - values.mean(axis=0)) < 4 * values.std(axis=0) / np.sqrt(60)).all()


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        draw(0, split="validation")
