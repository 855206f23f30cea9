from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alexnet_core.data import datasets, editing, pixel_cache, statistics
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, DataError, UnknownNameError
from alexnet_core.runs.records import Run, RunStatus
from alexnet_core.runs.store import Store


@pytest.fixture
def pets(zipped: Any, two_classes: dict[str, bytes]) -> datasets.Dataset:
    """Cats and dogs, eight of each to train on and two to test with."""
    import_dataset(zipped(two_classes), name="pets", percent=(80, 0, 20))
    return datasets.open("pets")


def use(dataset: str, status: RunStatus) -> str:
    """A run of that data set; its name."""
    run = Run(
        id=f"run-{status}",
        lab="lab",
        status=status,
        recipe="quick",
        dataset=dataset,
        config={},
        created=time.time(),
    )
    Store.open().add(run)
    return run.id


def test_classes_get_other_names_and_keep_their_numbers(pets: datasets.Dataset) -> None:
    labels = pets.labels("train").tolist()
    card = editing.rename_classes("pets", ["Katze ", "Hund"])
    again = datasets.open("pets")

    assert card.classes == again.card.classes == ("Katze", "Hund")
    assert again.labels("train").tolist() == labels
    assert again.card.fingerprint == pets.card.fingerprint
    assert statistics.load(again) == statistics.load(pets)
    assert again.raw("train", 3) == pets.raw("train", 3)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["cat"], "classes is '1 names'; allowed: 2, one a class"),
        (["cat", "cat"], "classes is 'cat'; allowed: a different name"),
        (["cat", " "], "classes is ''; allowed: names of 1 to 120"),
        (["cat", "a\x1b[31m"], "allowed: names of 1 to 120"),
        (["cat", "x" * 121], "allowed: names of 1 to 120"),
    ],
)
def test_names_that_are_none_are_refused(
    pets: datasets.Dataset, names: list[str], said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        editing.rename_classes("pets", names)
    assert said in str(caught.value)
    assert datasets.open("pets").card == pets.card


def test_drawn_published_and_unknown_sets_are_not_renamed(
    zipped: Any, png: Any, two_classes: dict[str, bytes]
) -> None:
    from alexnet_core.data.catalogue import KNOWN

    flat = {
        f"{split}/{name}/{number}.png": png(number)
        for split in ("train", "test")
        for name in KNOWN["cifar10"].classes
        for number in range(2)
    }
    import_dataset(zipped(flat), name="cifar10")

    with pytest.raises(DataError, match="CIFAR-10 is a published data set"):
        editing.rename_classes("cifar10", [str(number) for number in range(10)])
    with pytest.raises(DataError, match="Shapes is drawn by the lab"):
        editing.rename_classes("shapes", ["a"])
    with pytest.raises(UnknownNameError):
        editing.rename_classes("nothing", ["a"])


def test_a_share_of_every_class_is_set_apart(pets: datasets.Dataset) -> None:
    card = editing.set_apart("pets", 25, seed=3)
    again = datasets.open("pets")

    assert card == again.card
    assert card.counts == {"train": (6, 6), "val": (2, 2), "test": (2, 2)}
    assert card.set_apart == 25
    assert card.split_by.endswith("; 25 percent of train set apart for validation, seed 3")
    assert card.fingerprint != pets.card.fingerprint
    # Every picture is still there once, and none of test was touched.
    assert again.names("test") == pets.names("test")
    assert sorted((*again.names("train"), *again.names("val"))) == sorted(pets.names("train"))
    for split in again.card.splits:
        for number, name in enumerate(again.names(split)):
            assert card.classes[again.labels(split)[number]] == name.split("/")[0]
            assert len(again.raw(split, number)) > 50
    assert statistics.load(again) is not None


def test_statistics_are_those_of_what_is_left_to_train_on(pets: datasets.Dataset) -> None:
    card = editing.set_apart("pets", 50)
    train = [
        np.asarray(datasets.open("pets").picture("train", number).image, np.float64) / 255
        for number in range(card.length("train"))
    ]

    assert card.mean == pytest.approx(np.mean(train, axis=(0, 1, 2)), abs=1e-6)
    assert card.std == pytest.approx(np.std(train, axis=(0, 1, 2)), abs=1e-6)
    assert card.mean != pets.card.mean


def test_what_was_set_apart_can_be_put_back_and_drawn_again(pets: datasets.Dataset) -> None:
    first = editing.set_apart("pets", 25, seed=1)
    names = datasets.open("pets").names("val")
    other = editing.set_apart("pets", 25, seed=2)
    assert datasets.open("pets").names("val") != names
    assert editing.set_apart("pets", 25, seed=1) == first != other
    assert datasets.open("pets").names("val") == names

    assert editing.set_apart("pets", 0) == pets.card


def test_an_open_set_stays_what_it_was(pets: datasets.Dataset) -> None:
    before = [pets.raw("train", number) for number in range(16)]
    editing.set_apart("pets", 50)

    assert [pets.raw("train", number) for number in range(16)] == before


def test_decoded_pictures_of_the_old_split_go(pets: datasets.Dataset) -> None:
    pixel_cache.pixels(pets, "train", Transform(input_size=8))
    assert list(pets.folder.glob("cache/*"))
    editing.set_apart("pets", 25)

    assert not list(pets.folder.glob("cache/*"))
    assert pixel_cache.pixels(datasets.open("pets"), "val", Transform(input_size=8)).shape[0] == 4
    assert [path.name for path in pets.folder.parent.iterdir()] == ["pets"]


def test_a_split_of_its_own_is_kept(zipped: Any, two_classes: dict[str, bytes]) -> None:
    card = import_dataset(zipped(two_classes), name="pets")

    with pytest.raises(DataError, match="pets has a validation split already"):
        editing.set_apart("pets", 10)
    with pytest.raises(ConfigError, match="percent is 60; allowed: 0 to 50"):
        editing.set_apart("pets", 60)
    assert datasets.open("pets").card == card


def test_a_set_of_an_older_version_is_looked_at_first(pets: datasets.Dataset) -> None:
    (pets.folder / "measures.npz").unlink()

    assert editing.set_apart("pets", 25).length("val") == 4


@pytest.mark.parametrize("status", [status for status in RunStatus if not status.ended])
def test_a_set_that_a_run_needs_is_neither_deleted_nor_changed(
    pets: datasets.Dataset, status: RunStatus, home: Path
) -> None:
    run = use("pets", status)
    for action in (
        lambda: datasets.delete("pets"),
        lambda: editing.rename_classes("pets", ["a", "b"]),
        lambda: editing.set_apart("pets", 10),
    ):
        with pytest.raises(DataError, match=rf"while a run needs it \({run}\)"):
            action()
    assert datasets.open("pets").card == pets.card
    Store.open().change(run, status=RunStatus.FINISHED)
    datasets.delete("pets")
    assert not (home / "datasets" / "pets").exists()


def test_runs_of_other_sets_and_ended_ones_do_not_matter(pets: datasets.Dataset) -> None:
    use("shapes", RunStatus.RUNNING)
    use("pets", RunStatus.FAILED)
    datasets.delete("pets")
    with pytest.raises(UnknownNameError):
        datasets.open("pets")
