from __future__ import annotations

import pytest

from alexnet_core.data.importing.layouts import arrange
from alexnet_core.data.importing.sources import File


def read(*paths: str) -> set[tuple[str, str, str | None]]:
    layout = arrange([File(path, 1) for path in paths])
    return {(member.file.path, member.class_name, member.split) for member in layout.members}


def test_a_folder_is_a_class() -> None:
    assert read("cat/1.jpg", "dog/2.jpg") == {
        ("cat/1.jpg", "cat", None),
        ("dog/2.jpg", "dog", None),
    }


@pytest.mark.parametrize("wrapper", ["", "pets/", "a/b/"])
def test_splits_stand_above_classes(wrapper: str) -> None:
    paths = ("Train/cat/1.jpg", "valid/cat/2.jpg", "TEST/dog/3.jpg")
    found = read(*(wrapper + path for path in paths))

    assert {(name, split) for _, name, split in found} == {
        ("cat", "train"),
        ("cat", "val"),
        ("dog", "test"),
    }


def test_one_folder_around_everything_is_passed_over() -> None:
    assert read("pets/cat/1.jpg", "pets/dog/2.jpg", "README.txt") == {
        ("pets/cat/1.jpg", "cat", None),
        ("pets/dog/2.jpg", "dog", None),
    }


def test_only_train_is_no_split() -> None:
    assert {split for *_, split in read("train/cat/1.jpg", "train/dog/1.jpg")} == {None}


def test_a_class_may_be_called_train() -> None:
    assert {name for _, name, _ in read("train/1.jpg", "bus/2.jpg")} == {"train", "bus"}


def test_deeper_folders_belong_to_the_class() -> None:
    assert {name for _, name, _ in read("cat/a/1.jpg", "cat/b/c/2.jpg", "dog/3.jpg")} == {
        "cat",
        "dog",
    }


def test_litter_of_operating_systems_is_not_mentioned() -> None:
    layout = arrange(
        [
            File(path, 1)
            for path in (
                "__MACOSX/cat/._1.jpg",
                "cat/.DS_Store",
                "cat/Thumbs.db",
                "cat/1.jpg",
                "dog/1.jpg",
                "desktop.ini",
            )
        ]
    )

    assert [member.file.path for member in layout.members] == ["cat/1.jpg", "dog/1.jpg"]
    assert layout.stray == []


def test_a_file_outside_every_class_is_reported() -> None:
    layout = arrange([File(p, 1) for p in ("cat/1.jpg", "dog/1.jpg", "notes.txt")])

    assert [(stray.name, stray.reason) for stray in layout.stray] == [
        ("notes.txt", "notes.txt is not in the folder of a class.")
    ]


def test_a_folder_beside_the_splits_is_reported() -> None:
    layout = arrange([File(p, 1) for p in ("train/cat/1.jpg", "test/cat/1.jpg", "extra/cat/1.jpg")])

    assert [stray.name for stray in layout.stray] == ["extra/cat/1.jpg"]


def test_both_unicode_forms_of_a_name_are_one_class() -> None:
    assert len({name for _, name, _ in read("Käfer/1.jpg", "Ka\u0308fer/2.jpg", "Hund/1.jpg")}) == 2
