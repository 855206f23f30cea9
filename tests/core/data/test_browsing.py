from __future__ import annotations

from typing import Any

import numpy as np

from alexnet_core.data import browsing, datasets
from alexnet_core.data.importing.importer import import_dataset


def test_classes_take_turns() -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    order = browsing.in_turns(labels)

    assert labels[order].tolist() == [0, 1, 2, 0, 2, 0]
    assert order.tolist() == [0, 3, 4, 1, 5, 2]


def test_every_picture_is_there_once() -> None:
    labels = np.random.default_rng(0).integers(0, 7, 500)
    order = browsing.in_turns(labels)

    assert sorted(order.tolist()) == list(range(500))
    assert set(labels[order[:7]].tolist()) == set(range(7))


def test_a_cover_shows_different_classes() -> None:
    square = browsing.cover(datasets.open("shapes:train=40,test=0,size=32"))
    cells = np.asarray(square.convert("RGB").resize((3, 3)))

    assert square.size == (180, 180)
    assert len(np.unique(cells.reshape(9, 3), axis=0)) == 9


def test_a_cover_of_few_pictures_has_gaps(zipped: Any, png: Any) -> None:
    content = {f"{name}/{number}.png": png(number) for name in "ab" for number in range(2)}
    import_dataset(zipped(content), name="few", percent=(50, 0, 50))
    square = np.asarray(browsing.cover(datasets.open("few")))

    assert square[30, 30, 3] == square[30, 90, 3] == 255
    assert square[150, 150, 3] == 0
