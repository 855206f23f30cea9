from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from alexnet_core.data import datasets
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.importing.preview import look

TINY = KNOWN["tiny-imagenet"]
ROOT = "tiny-imagenet-200"


def published(png: Any, wrapped: str = ROOT) -> dict[str, bytes]:
    """Two training pictures and one validation picture of each class, as they were published."""
    content, annotations = {}, []
    for place, number in enumerate(TINY.aliases):
        for picture in range(2):
            path = f"{wrapped}/train/{number}/images/{number}_{picture}.JPEG"
            content[path] = png(3 * place + picture)
        content[f"{wrapped}/train/{number}/{number}_boxes.txt"] = b"x\t0\t0\t9\t9\n"
        # The official numbers follow no order of classes.
        name = f"val_{(place * 7) % 200}.JPEG"
        content[f"{wrapped}/val/images/{name}"] = png(3 * place + 2)
        annotations.append(f"{name}\t{number}\t0\t0\t9\t9\n")
    content[f"{wrapped}/val/val_annotations.txt"] = "".join(annotations).encode()
    content[f"{wrapped}/test/images/test_0.JPEG"] = png(5_000)
    content[f"{wrapped}/wnids.txt"] = "\n".join(TINY.aliases).encode()
    words = [f"{number}\t{name}, other words\n" for number, name in TINY.aliases.items()]
    content[f"{wrapped}/words.txt"] = "".join(["n00001740\tentity\n", *words]).encode()
    return {path.lstrip("/"): data for path, data in content.items()}


def tiny_imagenet(png: Any) -> bytes:
    """The same as a ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in published(png).items():
            archive.writestr(path, data)
    return buffer.getvalue()


def test_the_published_zip_brought_by_hand_is_the_known_set(
    home: Path, zipped: Any, png: Any
) -> None:
    card = import_dataset(zipped(published(png)), name="tiny-imagenet")

    assert card.classes == TINY.classes
    assert {split: set(counts) for split, counts in card.counts.items()} == {
        "train": {2},
        "test": {1},
    }
    whole = datasets.open("tiny-imagenet")
    labels = whole.labels("test").tolist()
    assert sorted(labels) == list(range(200))
    for row in (0, 1, 198):
        assert whole.raw("test", row) == png(3 * labels[row] + 2)
    assert [(row.name, row.reason) for row in card.rejected] == [
        (f"{ROOT}/test/images", "Its 1 pictures were published without labels.")
    ]


@pytest.mark.parametrize("wrapped", [ROOT, "downloads/new", ""])
def test_it_is_recognised_before_it_is_imported(folder: Any, png: Any, wrapped: str) -> None:
    found = look(folder(published(png, wrapped)))

    assert found.published == "tiny-imagenet"
    assert found.counts == {"train": (2,) * 200, "val": (1,) * 200}
    assert "tailed frog" in found.classes
    assert found.left_out == 1


def test_without_the_list_of_words_classes_go_by_their_numbers(zipped: Any, png: Any) -> None:
    content = published(png)
    del content[f"{ROOT}/words.txt"]

    assert set(look(zipped(content)).classes) == set(TINY.aliases)
    assert import_dataset(zipped(content), name="tiny-imagenet").classes == TINY.classes


def test_a_validation_picture_without_a_class_is_left_out(zipped: Any, png: Any) -> None:
    content = published(png) | {f"{ROOT}/val/images/val_9999.JPEG": png(9_999)}
    card = import_dataset(zipped(content), name="other")

    assert card.length("val") == 200
    rejected = {row.name: row.reason for row in card.rejected}
    assert rejected[f"{ROOT}/val/images/val_9999.JPEG"] == (
        "val/val_annotations.txt does not name it."
    )


def test_class_folders_with_a_validation_split_are_understood_too(zipped: Any, png: Any) -> None:
    content = {
        f"{split}/{name}/{number:03}.jpg": png(2 * place + number)
        for split in ("train", "val")
        for place, name in enumerate(TINY.classes)
        for number in range(2)
    }
    card = import_dataset(zipped(content), name="tiny-imagenet")

    assert card.classes == TINY.classes
    assert card.splits == ("train", "test")
