from __future__ import annotations

import errno
import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alexnet_core.data import datasets
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.importing import importer, preview
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.errors import ConfigError, DataError, DiskFullError, HomeError, LabError


def left_in(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob("datasets/*"))


def one_sentence(error: LabError) -> bool:
    return "\n" not in str(error) and str(error).endswith(".")


def test_a_zip_is_copied_and_its_pictures_read_back(
    zipped: Any, two_classes: dict[str, bytes]
) -> None:
    archive = zipped(two_classes)
    before = archive.read_bytes()
    card = import_dataset(archive, name="pets")
    pets = datasets.open("pets")

    assert archive.read_bytes() == before
    archive.unlink()
    assert card == pets.card
    assert card.stored == "copied"
    assert card.classes == ("cat", "dog")
    assert card.counts == {"train": (8, 8), "val": (1, 1), "test": (1, 1)}
    for split in ("train", "val", "test"):
        for number, name in enumerate(pets.names(split)):
            assert pets.raw(split, number) == two_classes[name]
            assert card.classes[pets.labels(split)[number]] == name.split("/")[0]


def test_a_folder_is_indexed_where_it_lies(
    folder: Any, two_classes: dict[str, bytes], home: Path
) -> None:
    root = folder(two_classes)
    card = import_dataset(root, name="pets")
    pets = datasets.open("pets")

    assert card.stored == "indexed"
    assert card.source == str(root)
    assert pets.raw("train", 0) == two_classes[pets.names("train")[0]]
    assert not list(home.rglob("*.pack"))
    assert sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) < 50_000


def test_a_folder_and_its_zip_are_the_same_data(
    folder: Any, zipped: Any, two_classes: dict[str, bytes]
) -> None:
    one = import_dataset(folder(two_classes), name="one")
    two = import_dataset(zipped(two_classes), name="two")

    assert one.fingerprint == two.fingerprint
    assert (one.mean, one.std, one.counts) == (two.mean, two.std, two.counts)


def test_another_picture_is_another_fingerprint(
    zipped: Any, two_classes: dict[str, bytes], png: Any
) -> None:
    one = import_dataset(zipped(two_classes), name="one")
    two = import_dataset(zipped(two_classes | {"cat/0.png": png(999)}), name="two")

    assert one.fingerprint != two.fingerprint


def test_splits_of_the_source_are_kept(zipped: Any, two_classes: dict[str, bytes]) -> None:
    parts = {"0": "test", "1": "val"}
    content = {
        f"{parts.get(Path(path).stem, 'train')}/{path}": data for path, data in two_classes.items()
    }
    card = import_dataset(zipped(content), name="pets")

    assert card.counts == {"train": (8, 8), "val": (1, 1), "test": (1, 1)}
    assert card.split_by == "as in the source"
    assert datasets.open("pets").names("val") == ("val/cat/1.png", "val/dog/1.png")


def test_the_drawn_split_depends_on_seed_and_percent(
    zipped: Any, two_classes: dict[str, bytes]
) -> None:
    archive = zipped(two_classes)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        card = import_dataset(archive, name=name, percent=(60, 20, 20), seed=seed)
    names = {name: datasets.open(name).names("test") for name in "abc"}

    assert card.counts == {"train": (6, 6), "val": (2, 2), "test": (2, 2)}
    assert card.split_by == "drawn: 60/20/20 percent of each class, seed 2"
    assert names["a"] == names["b"] != names["c"]


def test_statistics_are_those_of_the_training_pixels(zipped: Any, png: Any) -> None:
    content = {
        f"{split}/{animal}/{number}.png": png(hash_, (9, 9))
        for hash_, (split, animal, number) in enumerate(
            (split, animal, number)
            for split in ("train", "test")
            for animal in ("cat", "dog")
            for number in range(3)
        )
    }
    card = import_dataset(zipped(content), name="pets")
    train = [
        np.asarray(Image.open(io.BytesIO(data)), np.float64) / 255
        for path, data in content.items()
        if path.startswith("train")
    ]

    assert card.mean == pytest.approx(np.mean(train, axis=(0, 1, 2)), abs=1e-6)
    assert card.std == pytest.approx(np.std(train, axis=(0, 1, 2)), abs=1e-6)
    assert card.size_range == (9, 9, 9, 9)
    assert card.total_bytes == sum(map(len, content.values()))


def test_each_picture_weighs_the_same_whatever_its_size(zipped: Any) -> None:
    def plain(level: int, side: int) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (side, side), (level,) * 3).save(buffer, "PNG")
        return buffer.getvalue()

    content = {
        f"{split}/{animal}/1.png": plain(*what)
        for split in ("train", "test")
        for animal, what in (("cat", (0, 100)), ("dog", (255, 10)))
    }
    card = import_dataset(zipped(content), name="pets")

    assert card.mean == (0.5, 0.5, 0.5)
    assert card.std == (0.5, 0.5, 0.5)
    assert card.size_range == (10, 10, 100, 100)


def test_the_mean_picture_is_stored(home: Path, zipped: Any, two_classes: dict[str, bytes]) -> None:
    import_dataset(zipped(two_classes), name="pets")
    with Image.open(home / "datasets/pets/mean.png") as mean:
        levels = np.asarray(mean)

    assert levels.shape == (64, 64, 3)
    assert abs(levels.mean() - 127.5) < 15


def test_bad_pictures_are_reported_and_left_out(
    zipped: Any, two_classes: dict[str, bytes], png: Any
) -> None:
    garbage = {
        "cat/cut.png": png(5)[:200],
        "cat/page.jpg": b"<html></html>",
        "dog/empty.png": b"",
        "dog/notes.txt": b"walk twice a day",
        "README.md": b"# Pets",
        "__MACOSX/cat/._1.png": b"x",
        "docs/licence.txt": b"free",
    }
    card = import_dataset(zipped(two_classes | garbage), name="pets")
    reasons = {rejected.name: rejected.reason for rejected in card.rejected}

    assert card.classes == ("cat", "dog")
    assert card.length("train") + card.length("val") + card.length("test") == 20
    assert card.rejected_count == 6
    assert reasons.keys() == garbage.keys() - {"__MACOSX/cat/._1.png"}
    assert reasons["cat/cut.png"] == "cut.png is cut off: the PNG ends too early."
    assert reasons["dog/empty.png"] == "empty.png is empty."
    assert "web page" in reasons["cat/page.jpg"]


def test_a_picture_beyond_the_limit_is_left_out_unread(
    zipped: Any, two_classes: dict[str, bytes]
) -> None:
    big = {"cat/big.png": os.urandom(3 * 2**20)}
    limits = importer.ImageLimits(max_bytes=2**20)
    card = import_dataset(zipped(two_classes | big), name="pets", image_limits=limits)

    assert [rejected.reason for rejected in card.rejected] == ["big.png has more than 1 MB."]


def test_only_the_first_rejected_files_are_named(
    zipped: Any, two_classes: dict[str, bytes]
) -> None:
    card = import_dataset(
        zipped(two_classes | {f"cat/{n}.txt": b"no" for n in range(230)}), name="pets"
    )

    assert card.rejected_count == 230
    assert len(card.rejected) == 200


def test_duplicates_are_counted_and_kept(zipped: Any, two_classes: dict[str, bytes]) -> None:
    again = {"cat/again.png": two_classes["cat/0.png"], "dog/too.png": two_classes["cat/0.png"]}
    card = import_dataset(zipped(two_classes | again), name="pets")

    assert card.duplicates == 2
    assert sum(card.length(split) for split in card.splits) == 22


def test_names_with_unicode_and_spaces_work(zipped: Any, png: Any) -> None:
    content = {
        f"{animal}/Bild {number} – schön.png": png(number + place)
        for place, animal in enumerate(("große Katze", "犬 🐕"))
        for number in range(3)
    }
    card = import_dataset(zipped(content), name="tiere")

    assert card.classes == ("große Katze", "犬 🐕")
    assert datasets.open("tiere").picture("train", 0).name.startswith("Bild ")


def test_a_name_is_made_from_the_file(folder: Any, two_classes: dict[str, bytes]) -> None:
    assert import_dataset(folder(two_classes)).name == "my-pets"


def test_progress_goes_up_to_the_number_of_files(
    zipped: Any, two_classes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alexnet_core.data.importing.survey._MOST_FILES", 8)
    seen: list[tuple[int, int]] = []
    import_dataset(zipped(two_classes), name="pets", progress=lambda *at: seen.append(at))

    assert seen == [(8, 20), (16, 20), (20, 20)]


def test_a_stopped_import_leaves_nothing(
    home: Path, zipped: Any, two_classes: dict[str, bytes]
) -> None:
    with pytest.raises(DataError, match="was stopped; nothing of it is kept"):
        import_dataset(zipped(two_classes), name="pets", should_stop=lambda: True)
    assert left_in(home) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "There are no pictures in class folders"),
        ({"1.png": "picture", "2.png": "picture"}, "There are no pictures in class folders"),
        ({"cat/1.png": "picture", "cat/2.png": "picture"}, r"There is only one class \(cat\)"),
        ({"cat/1.png": "no", "dog/1.png": "no"}, "None of the 2 files is a picture"),
        (
            {"cat/1.png": "picture", "cat/2.png": "picture", "dog/1.png": "no"},
            r"Only one class \(cat\) has pictures",
        ),
        (
            {"cat/1.png": "picture", "cat/2.png": "picture", "dog/1.png": "picture"},
            "The class dog has only one picture that can be read",
        ),
        (
            {f"{s}/cat/1.png": "picture" for s in ("train", "test")}
            | {f"test/dog/{n}.png": "picture" for n in (1, 2)},
            r"The class dog has no pictures in train\.",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(
    home: Path, zipped: Any, png: Any, content: dict[str, str], sentence: str
) -> None:
    path = zipped({name: png() if what == "picture" else b"no" for name, what in content.items()})

    with pytest.raises(DataError, match=sentence) as caught:
        import_dataset(path, name="bad")
    assert one_sentence(caught.value)
    assert left_in(home) == []


def test_links_in_a_folder_are_not_followed(
    folder: Any, two_classes: dict[str, bytes], tmp_path: Path
) -> None:
    root = folder(two_classes)
    (tmp_path / "secret.png").write_bytes(two_classes["cat/0.png"])
    (root / "cat" / "link.png").symlink_to(tmp_path / "secret.png")
    (root / "loop").symlink_to(root)
    card = import_dataset(root, name="pets")

    assert {rejected.name for rejected in card.rejected} == {"cat/link.png", "loop"}
    assert sum(card.length(split) for split in card.splits) == 20


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.zip does not exist\.$"):
        import_dataset(tmp_path / "gone.zip", name="pets")


@pytest.mark.parametrize("name", ["", "Pets", "a/b", "../x", "a" * 65, "shapes", ".hidden"])
def test_an_impossible_name_is_refused(
    zipped: Any, two_classes: dict[str, bytes], name: str
) -> None:
    with pytest.raises(ConfigError, match="name is"):
        import_dataset(zipped(two_classes), name=name)


def test_an_existing_set_is_replaced_only_when_asked(
    home: Path, zipped: Any, two_classes: dict[str, bytes], png: Any
) -> None:
    import_dataset(zipped(two_classes), name="pets")
    before = datasets.open("pets")
    more = zipped(two_classes | {"cat/more.png": png(77)})

    with pytest.raises(DataError, match="There is a data set pets already"):
        import_dataset(more, name="pets")
    time.sleep(0.01)
    import_dataset(more, name="pets", replace=True)

    assert datasets.open("pets").card.fingerprint != before.card.fingerprint
    assert left_in(home) == ["pets"]
    # Who had the old one open reads on.
    assert before.raw("train", 0) == two_classes[before.names("train")[0]]


def test_a_replacement_that_fails_leaves_the_old_set(
    home: Path, zipped: Any, two_classes: dict[str, bytes]
) -> None:
    before = import_dataset(zipped(two_classes), name="pets")

    with pytest.raises(DataError):
        import_dataset(zipped({"cat/1.png": b"", "dog/1.png": b""}), name="pets", replace=True)
    assert datasets.open("pets").card == before
    assert left_in(home) == ["pets"]


def test_a_home_that_cannot_be_written_is_named(
    zipped: Any, two_classes: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(tmp_path / "file"))

    with pytest.raises(HomeError, match="ALEXNET_LAB_HOME"):
        import_dataset(zipped(two_classes), name="pets")


def test_a_disk_without_room_is_noticed_before_the_work(
    home: Path, zipped: Any, two_classes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100}))

    with pytest.raises(DiskFullError, match=r"The pictures need 0 MB .* free some room first\."):
        import_dataset(zipped(two_classes), name="pets")
    assert left_in(home) == []


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(
    home: Path, zipped: Any, two_classes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ = Path.open

    class Full(io.FileIO):
        written = 0

        def writelines(self, lines: Any) -> None:
            for line in lines:
                self.written += len(line)
                if self.written > 2000:
                    raise OSError(errno.ENOSPC, "No space left on device")
                self.write(line)

    def opened(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if path.name == "pictures.pack" and mode == "wb":
            return Full(path, "wb")
        return open_(path, mode, *args, **options)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(DiskFullError, match=r"^The disk that holds .* is full; free some room"):
        import_dataset(zipped(two_classes), name="pets")
    assert left_in(home) == []


@pytest.fixture
def cifar(png: Any) -> dict[str, bytes]:
    return {
        f"{split}/{name}/{number}.png": png(place * 10 + number, (32, 32))
        for split in ("train", "test")
        for place, name in enumerate(KNOWN["cifar10"].classes)
        for number in range(2)
    }


def test_a_set_under_a_published_name_serves_as_that_set(
    zipped: Any, cifar: dict[str, bytes]
) -> None:
    changed = {path.replace("automobile", "Auto_Mobile"): data for path, data in cifar.items()}
    card = import_dataset(zipped(changed), name="cifar10")

    assert card.title == "CIFAR-10"
    assert card.classes == KNOWN["cifar10"].classes
    entry = next(entry for entry in datasets.listing() if entry.name == "cifar10")
    assert (entry.here, entry.classes, entry.train, entry.test) == (True, 10, 20, 20)


def test_a_published_name_keeps_the_published_order_of_classes(zipped: Any, png: Any) -> None:
    known = KNOWN["fashion-mnist"]
    content = {
        f"{split}/{name.replace('/', '_')}/{number}.png": png(number)
        for split in ("train", "test")
        for name in known.classes
        for number in range(2)
    }

    assert import_dataset(zipped(content), name="fashion-mnist").classes == known.classes
    assert list(known.classes) != sorted(known.classes)


def test_other_classes_under_a_published_name_are_refused(
    home: Path, zipped: Any, cifar: dict[str, bytes]
) -> None:
    changed = {path.replace("/cat/", "/kitten/"): data for path, data in cifar.items()}

    with pytest.raises(DataError, match=r"classes of CIFAR-10 \(missing: cat; unknown: kitten\)"):
        import_dataset(zipped(changed), name="cifar10")
    assert left_in(home) == []


def test_imagenettes_folders_and_its_validation_split_are_understood(zipped: Any, png: Any) -> None:
    known = KNOWN["imagenette"]
    content = {
        f"imagenette2-160/{split}/{folder}/{number}.JPEG": png(number)
        for split in ("train", "val")
        for folder in known.aliases
        for number in range(2)
    }
    card = import_dataset(zipped(content), name="imagenette")

    assert card.classes == known.classes
    assert card.splits == ("train", "test")


@pytest.mark.parametrize("look_first", [True, False])
def test_a_class_folder_that_cannot_be_listed_stops_the_import(
    folder: Any,
    two_classes: dict[str, bytes],
    home: Path,
    look_first: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = folder({**two_classes, "owl/0.png": two_classes["cat/0.png"]})
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        # As for a user who may not; root may list everything.
        if Path(path).name == "owl":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError) as caught:
        preview.look(root) if look_first else import_dataset(root, name="pets")
    assert f"The folder {root / 'owl'} can't be listed (Permission denied)" in str(caught.value)
    assert one_sentence(caught.value)
    assert left_in(home) == []


def test_a_folder_that_cannot_be_entered_stops_the_import_and_a_vanished_file_is_left_out(
    folder: Any, two_classes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder(two_classes)
    stat, problem = Path.stat, FileNotFoundError(errno.ENOENT, "No such file or directory")

    def refuse(path: Path, **options: Any) -> os.stat_result:
        if path.name == "3.png" and path.parent.name == "dog" and options != _LINK:
            raise problem
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    card = import_dataset(root, name="pets")
    assert [one.name for one in card.rejected] == ["dog/3.png"]
    assert "3.png is not there any more" in card.rejected[0].reason
    problem = PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(DataError, match=r"The folder .*/dog can't be listed \(Permission denied\)"):
        import_dataset(root, name="again")


_LINK = {"follow_symlinks": False}
