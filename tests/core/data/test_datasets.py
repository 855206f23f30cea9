from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alexnet_core.data import datasets, shapes
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.dataset import DrawnDataset
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.errors import ConfigError, DataError, DatasetNotHereError, UnknownNameError


@pytest.fixture
def pets(zipped: Any, two_classes: dict[str, bytes]) -> datasets.Dataset:
    import_dataset(zipped(two_classes), name="pets")
    return datasets.open("pets")


def test_the_table_lists_shapes_then_published_then_own(pets: datasets.Dataset) -> None:
    entries = {entry.name: entry for entry in datasets.listing()}

    assert list(entries) == ["shapes", *KNOWN, "pets"]
    assert [name for name, entry in entries.items() if entry.here] == ["shapes", "pets"]
    assert (entries["cifar10"].classes, entries["cifar10"].train, entries["cifar10"].test) == (
        10,
        50_000,
        10_000,
    )
    assert (entries["pets"].classes, entries["pets"].train, entries["pets"].test) == (2, 16, 2)
    assert all(entry.licence and entry.purpose for entry in entries.values())


def test_pictures_of_a_split_are_counted_from_zero(pets: datasets.Dataset) -> None:
    assert pets.length("train") == len(pets.labels("train")) == len(pets.names("train")) == 16
    picture = pets.picture("train", 3)

    assert picture.image.size == (12, 10)
    assert picture.name == pets.names("train")[3].split("/")[1]
    with pytest.raises(IndexError):
        pets.picture("train", 16)


def test_an_absent_split_is_empty_and_an_unknown_one_refused(
    zipped: Any, two_classes: dict[str, bytes]
) -> None:
    import_dataset(zipped(two_classes), name="pets", percent=(100, 0, 0))
    pets = datasets.open("pets")

    assert pets.length("test") == len(pets.labels("test")) == 0
    with pytest.raises(UnknownNameError, match="split is 'tset'.*nearest: test"):
        pets.length("tset")


def test_an_unknown_set_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="nearest: cifar10"):
        datasets.open("cifar-10")


@pytest.mark.parametrize("name", ["../pets", "a/b", ""])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UnknownNameError):
        datasets.open(name)


def test_a_published_set_that_is_not_here_says_how_to_bring_it() -> None:
    with pytest.raises(DatasetNotHereError) as caught:
        datasets.open("flowers102")
    assert str(caught.value) == (
        "Flowers-102 is not on this machine yet; `alexnet-lab data download flowers102` fetches it "
        "(345 MB), `alexnet-lab data import FILE --name flowers102` takes it from a ZIP or a "
        "folder."
    )


def test_a_deleted_set_is_gone(pets: datasets.Dataset, home: Path) -> None:
    datasets.delete("pets")

    assert list(home.glob("datasets/*")) == []
    with pytest.raises(UnknownNameError):
        datasets.open("pets")


@pytest.mark.parametrize("name", ["shapes", "cifar10", "nothing", "../home"])
def test_only_imported_sets_are_deleted(name: str) -> None:
    with pytest.raises(UnknownNameError):
        datasets.delete(name)


def test_deleting_an_indexed_set_keeps_its_pictures(
    folder: Any, two_classes: dict[str, bytes]
) -> None:
    root = folder(two_classes)
    import_dataset(root, name="pets")
    datasets.delete("pets")

    assert len(list(root.rglob("*.png"))) == 20


def test_an_indexed_picture_that_was_moved_is_named(
    folder: Any, two_classes: dict[str, bytes]
) -> None:
    root = folder(two_classes)
    import_dataset(root, name="pets")
    pets = datasets.open("pets")
    (root / pets.names("train")[0]).unlink()

    with pytest.raises(DataError, match=r"can't be read \(No such file.*Import it again\.$"):
        pets.raw("train", 0)


def test_an_indexed_picture_that_changed_is_named(
    folder: Any, two_classes: dict[str, bytes]
) -> None:
    root = folder(two_classes)
    import_dataset(root, name="pets")
    pets = datasets.open("pets")
    os.utime(root / pets.names("train")[0], (1, 1))

    with pytest.raises(DataError, match=r"has changed since the data set pets was imported"):
        pets.raw("train", 0)


@pytest.mark.parametrize("file", ["dataset.json", "index.npz", "names.json", "pictures.pack"])
@pytest.mark.parametrize("damage", ["cut", "empty"])
def test_a_damaged_set_says_to_import_it_again(
    zipped: Any, two_classes: dict[str, bytes], home: Path, file: str, damage: str
) -> None:
    import_dataset(zipped(two_classes), name="pets")
    path = home / "datasets/pets" / file
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if damage == "cut" else b"")

    with pytest.raises(DataError, match=r"import the (data )?set again"):
        datasets.open("pets")
    assert "shapes" in [entry.name for entry in datasets.listing()]


def test_opening_twice_reads_the_index_once(pets: datasets.Dataset) -> None:
    assert datasets.open("pets") is pets


def test_shapes_need_no_files(home: Path) -> None:
    drawn = datasets.open("shapes")

    assert (drawn.length("train"), drawn.length("val"), drawn.length("test")) == (4000, 0, 1000)
    assert drawn.card.classes == shapes.CLASSES
    assert not home.exists()


def test_shapes_of_other_sizes_and_counts() -> None:
    drawn = datasets.open("shapes:size=48,train=25,test=12,seed=3")

    assert isinstance(drawn, DrawnDataset)
    assert drawn.card.name == "shapes:size=48,train=25,test=12,seed=3"
    assert drawn.card.counts["train"] == (3, 3, 3, 3, 3, 2, 2, 2, 2, 2)
    assert np.bincount(drawn.labels("train")).tolist() == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]
    assert drawn.picture("train", 24).image.size == (48, 48)
    assert drawn.mask("train", 24).shape == (48, 48)
    assert drawn.card.fingerprint != datasets.open("shapes").card.fingerprint


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shapes:size=4", "size is '4'; allowed: greater than or equal to 16"),
        ("shapes:colour=red", "colour is 'red'"),
        ("shapes:64", "shapes is '64'; allowed: field=value"),
    ],
)
def test_wrong_fields_of_shapes_are_refused(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        datasets.open(name)


def test_the_statistics_of_shapes_are_measured_ones() -> None:
    drawn = datasets.open("shapes")
    pixels = np.stack([np.asarray(drawn.picture("train", n).image) for n in range(400)]) / 255

    assert drawn.card.mean == pytest.approx(pixels.mean(axis=(0, 1, 2)), abs=0.02)
    assert drawn.card.std == pytest.approx(pixels.std(axis=(0, 1, 2)), abs=0.02)


def test_cards_are_read_and_pictures_decoded_without_torch() -> None:
    program = (
        "import sys; from alexnet_core.data import datasets, images, importing, known, pixel_cache;"
        "datasets.listing(); datasets.open('shapes').picture('train', 0);"
        "assert not {'torch', 'torchvision'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
