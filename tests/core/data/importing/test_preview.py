from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.importing.preview import look
from alexnet_core.errors import ArchiveError, DataError


def test_a_zip_is_told_before_it_is_imported(zipped: Any, two_classes: dict[str, bytes]) -> None:
    more = {"cat/notes.txt": b"x", "README.md": b"x", "dog/odd": b"no picture"}
    found = look(zipped(two_classes | more))

    assert (found.name, found.kind, found.split) == ("pets", "zip", False)
    assert found.classes == ("cat", "dog")
    # What its name does not give away is only found out by the import.
    assert found.counts == {"": (10, 11)}
    assert found.pictures == 21
    assert found.left_out == 2
    assert found.published is None


@pytest.mark.parametrize("percent", [(80, 10, 10), (60, 20, 20), (90, 0, 10), (100, 0, 0)])
def test_the_planned_split_is_the_one_that_the_import_makes(
    folder: Any, two_classes: dict[str, bytes], png: Any, percent: tuple[int, int, int]
) -> None:
    root = folder(two_classes | {f"fox/{number}.png": png(90 + number) for number in range(3)})
    planned = look(root).planned(percent)
    card = import_dataset(root, name="pets", percent=percent, seed=7)

    assert planned == card.counts


def test_a_split_of_the_source_is_told(zipped: Any, two_classes: dict[str, bytes]) -> None:
    content = {
        f"{'test' if path.endswith('0.png') else 'train'}/{path}": data
        for path, data in two_classes.items()
    }
    found = look(zipped(content))

    assert found.split
    assert found.counts == found.planned((80, 10, 10)) == {"train": (9, 9), "test": (1, 1)}


def test_a_published_set_is_recognised_by_its_classes(folder: Any, png: Any) -> None:
    names = [*KNOWN["imagenette"].aliases]
    content = {f"{name}/{number}.png": png(number) for name in names for number in range(2)}
    found = look(folder(content))

    assert found.kind == "folder"
    assert found.published == "imagenette"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "There are no pictures in class folders"),
        ({"a.png": b"x"}, "There are no pictures in class folders"),
        ({"cat/a.png": b"x", "cat/b.png": b"y"}, "There is only one class (cat)"),
        ({"cat/a.txt": b"x", "dog/a.txt": b"x"}, "There are no pictures in class folders"),
        (
            {"cat/a.png": b"x", "cat/b.png": b"x", "dog/a.png": b"x"},
            "The class dog has only one picture; each needs one to learn from",
        ),
    ],
)
def test_what_cannot_be_learned_is_one_sentence(
    zipped: Any, content: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(DataError) as caught:
        look(zipped(content))
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_hostile_archives_are_refused(tmp_path: Path) -> None:
    escaping = tmp_path / "escape.zip"
    with zipfile.ZipFile(escaping, "w") as archive:
        archive.writestr("../../cat/1.png", b"x")
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/1.png", bytes(20_000_000))
    garbage = tmp_path / "garbage.zip"
    garbage.write_bytes(io.BytesIO(b"PK\x03\x04" + bytes(100)).getvalue())

    for path, said in ((escaping, "leads out"), (bomb, "ZIP bomb"), (garbage, "no ZIP archive")):
        with pytest.raises(ArchiveError, match=said):
            look(path)
    with pytest.raises(DataError, match="does not exist"):
        look(tmp_path / "nothing")
