from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alexnet_core.data import datasets, pixel_cache
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import DataError, DiskFullError

SMALL = Transform(input_size=8)


@pytest.fixture
def pets(zipped: Any, two_classes: dict[str, bytes]) -> datasets.Dataset:
    import_dataset(zipped(two_classes), name="pets")
    return datasets.open("pets")


def forbid_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("alexnet_core.data.dataset.Dataset.picture", decode)


def test_the_cache_holds_what_the_transform_gives_in_order(pets: datasets.Dataset) -> None:
    pixels = pixel_cache.pixels(pets, "train", SMALL)

    assert (pixels.shape, pixels.dtype) == ((16, 8, 8, 3), np.uint8)
    for number in range(16):
        assert np.array_equal(pixels[number], SMALL.pixels(pets.picture("train", number).image))


def test_a_second_call_decodes_nothing(
    pets: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = np.array(pixel_cache.pixels(pets, "train", SMALL))
    forbid_decoding(monkeypatch)

    assert np.array_equal(pixel_cache.pixels(pets, "train", SMALL), first)


def test_mean_and_std_share_a_cache(
    pets: datasets.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixel_cache.pixels(pets, "train", SMALL)
    forbid_decoding(monkeypatch)

    pixel_cache.pixels(pets, "train", SMALL.replace(mean=(0.1, 0.2, 0.3)))


@pytest.mark.parametrize("change", [{"framing": "squash"}, {"resize": 10}, {"input_size": 9}])
def test_other_geometry_is_another_cache(pets: datasets.Dataset, change: dict[str, Any]) -> None:
    other = SMALL.replace(**change)
    pixel_cache.pixels(pets, "train", SMALL)

    assert np.array_equal(
        pixel_cache.pixels(pets, "train", other)[0], other.pixels(pets.picture("train", 0).image)
    )


def test_a_replaced_set_is_decoded_anew(
    pets: datasets.Dataset, zipped: Any, two_classes: dict[str, bytes], png: Any
) -> None:
    before = np.array(pixel_cache.pixels(pets, "train", SMALL))
    other = {path: png(1000 + place) for place, path in enumerate(two_classes)}
    import_dataset(zipped(other), name="pets", replace=True)

    assert not np.array_equal(pixel_cache.pixels(datasets.open("pets"), "train", SMALL), before)


def test_writing_into_the_pixels_changes_no_file(pets: datasets.Dataset) -> None:
    before = np.array(pixel_cache.pixels(pets, "train", SMALL))
    pixel_cache.pixels(pets, "train", SMALL)[:] = 0

    assert np.array_equal(pixel_cache.pixels(pets, "train", SMALL), before)


def test_progress_goes_up_to_the_number_of_pictures() -> None:
    seen: list[tuple[int, int]] = []
    drawn = datasets.open("shapes:size=16,train=70,test=10")
    pixels = pixel_cache.pixels(
        drawn, "train", Transform(input_size=16), progress=lambda *at: seen.append(at)
    )

    assert seen == [(32, 70), (64, 70), (70, 70)]
    assert np.array_equal(pixels[69], np.asarray(drawn.picture("train", 69).image))


def test_a_full_disk_leaves_no_half_cache(
    pets: datasets.Dataset, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("alexnet_core.files._flush", full)
    with pytest.raises(DiskFullError):
        pixel_cache.pixels(pets, "train", SMALL)
    assert list((home / "datasets/pets/cache").iterdir()) == []


def test_a_picture_that_has_gone_is_named(folder: Any, two_classes: dict[str, bytes]) -> None:
    root = folder(two_classes)
    import_dataset(root, name="pets")
    pets = datasets.open("pets")
    (root / pets.names("train")[5]).unlink()

    with pytest.raises(DataError, match="can't be read"):
        pixel_cache.pixels(pets, "train", SMALL)
