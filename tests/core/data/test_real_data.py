"""The import of real pictures: 60,000 small ones and 1,360 photographs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from alexnet_core.data import datasets, pixel_cache
from alexnet_core.data.cards import DatasetCard
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.transforms import Transform

# Minutes pass where a training run has the processors.
pytestmark = [pytest.mark.realdata, pytest.mark.timeout(1200)]


class Imported(NamedTuple):
    home: Path
    cifar10: DatasetCard
    flowers17: DatasetCard
    seconds: float
    progress: list[tuple[int, int]]


@pytest.fixture(scope="module")
def imported(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    home = tmp_path_factory.mktemp("home")
    progress: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALEXNET_LAB_HOME", str(home))
        flowers = import_dataset(real_data / "flowers17.zip")
        started = time.process_time()
        cifar = import_dataset(
            real_data / "cifar10.zip", name="cifar10", progress=lambda *at: progress.append(at)
        )
        yield Imported(home, cifar, flowers, time.process_time() - started, progress)


@pytest.fixture(autouse=True)
def _same_home(imported: Imported, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(imported.home))


def test_60_000_files_import_with_progress(imported: Imported) -> None:
    card = imported.cifar10

    assert card.counts == {"train": (5000,) * 10, "test": (1000,) * 10}
    assert (card.rejected_count, card.duplicates) == (0, 0)
    assert imported.progress[-1] == (60_000, 60_000)
    assert len(imported.progress) > 500


def test_60_000_files_import_in_two_minutes_of_computing(imported: Imported) -> None:
    # Of a processor, not of the clock, which other programs on the machine would stretch.
    assert imported.seconds < 120


def test_cifar10_has_its_well_known_statistics(imported: Imported) -> None:
    # Published over the PNG levels; these are JPEGs of them.
    assert imported.cifar10.mean == pytest.approx((0.4914, 0.4822, 0.4465), abs=0.002)
    assert imported.cifar10.std == pytest.approx((0.2470, 0.2435, 0.2616), abs=0.003)


def test_flowers_split_80_10_10_in_every_class(imported: Imported) -> None:
    card = imported.flowers17

    assert len(card.classes) == 17
    assert card.counts == {"train": (64,) * 17, "val": (8,) * 17, "test": (8,) * 17}
    assert card.stored == "copied"


def test_flowers_decode_to_the_networks_size(imported: Imported) -> None:
    flowers = datasets.open("flowers17")
    transform = Transform(input_size=224)
    pixels = pixel_cache.pixels(flowers, "val", transform)

    assert pixels.shape == (136, 224, 224, 3)
    assert np.array_equal(pixels[100], transform.pixels(flowers.picture("val", 100).image))
