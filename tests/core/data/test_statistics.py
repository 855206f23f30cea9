from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alexnet_core.data import cards, datasets, statistics
from alexnet_core.data.cards import DatasetCard
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.statistics import Copy, Measures, Size, facts_of_split, measure
from alexnet_core.errors import DataError


def plain(level: int, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (level,) * 3).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def copied(two_classes: dict[str, bytes]) -> dict[str, bytes]:
    """Cats and dogs in train and test, with one cat in both and one dog among the cats."""
    content = {
        f"{'test' if path.endswith(('8.png', '9.png')) else 'train'}/{path}": data
        for path, data in two_classes.items()
    }
    return content | {
        "test/cat/again.png": two_classes["cat/3.png"],
        "train/cat/oops.png": two_classes["dog/5.png"],
        "train/dog/twice.png": two_classes["dog/5.png"],
    }


def test_equal_pictures_are_found_across_splits_and_classes(
    zipped: Any, copied: dict[str, bytes]
) -> None:
    import_dataset(zipped(copied), name="pets")
    pets = datasets.open("pets")
    found = statistics.load(pets)

    assert found is not None
    assert (found.group_count, found.in_two_splits, found.in_two_classes) == (2, 1, 1)
    assert found.also_in_train == {"test": 1}
    across, mislabelled = found.groups
    assert across.splits == ("train", "test")
    assert across.classes == (0,)
    assert mislabelled.count == 3
    assert mislabelled.classes == (0, 1)
    names = {pets.names(copy.split)[copy.number] for copy in across.pictures}
    assert names == {"train/cat/3.png", "test/cat/again.png"}
    for group in found.groups:
        assert len({pets.raw(*copy) for copy in group.pictures}) == 1


def test_without_copies_nothing_is_named(zipped: Any, two_classes: dict[str, bytes]) -> None:
    import_dataset(zipped(two_classes), name="pets")
    found = statistics.load(datasets.open("pets"))

    assert found is not None
    assert (found.groups, found.group_count, found.in_two_splits) == ((), 0, 0)
    assert found.also_in_train == {"val": 0, "test": 0}


def test_sizes_are_counted_the_most_frequent_first(zipped: Any) -> None:
    content = {
        f"{animal}/{number}.png": plain(place * 10 + number, (9, 7) if number else (30, 20))
        for place, animal in enumerate(("cat", "dog"))
        for number in range(3)
    }
    import_dataset(zipped(content), name="pets")
    found = statistics.load(datasets.open("pets"))

    assert found is not None
    assert found.sizes == (Size(9, 7, 4), Size(30, 20, 2))
    assert found.rounded_to == 1


def many(sizes: np.ndarray, digests: np.ndarray) -> tuple[DatasetCard, Any, Any, Measures]:
    count = len(sizes)
    measures = Measures(digests=digests, moments=np.full((count, 3, 2), 0.5), sizes=sizes)
    splits, labels = np.zeros(count, np.uint8), np.zeros(count, np.int64)
    facts = facts_of_split(measures, splits, labels, 1)
    card = DatasetCard(
        name="many",
        title="many",
        classes=("all",),
        stored="copied",
        size_range=(1, 1, 1, 1),
        split_by="",
        source="",
        created="",
        **facts,
    )
    return card, splits, labels, measures


def test_too_many_sizes_are_rounded() -> None:
    random = np.random.default_rng(0)
    sizes = random.integers(1, 2000, (5000, 2))
    digests = random.integers(0, 256, (5000, 32), np.uint8)
    found = statistics.find(*many(sizes, digests))

    assert len(found.sizes) <= statistics.MOST_SIZES
    assert sum(size.pictures for size in found.sizes) == 5000
    assert found.rounded_to > 1
    assert all(size.width % found.rounded_to in (0, 1) for size in found.sizes)


def test_many_groups_are_counted_and_the_first_named() -> None:
    digests = np.zeros((900, 32), np.uint8)
    digests[:, :2] = np.arange(300, dtype=">u2").repeat(3).view(np.uint8).reshape(-1, 2)
    # A digest that ends in zeros is no shorter than another.
    digests[0:3, 31] = 0
    found = statistics.find(*many(np.full((900, 2), 8), digests))

    assert found.group_count == 300
    assert len(found.groups) == statistics.MOST_GROUPS
    assert found.groups[0].pictures == (Copy("train", 0), Copy("train", 1), Copy("train", 2))


def test_a_group_of_many_names_the_first() -> None:
    found = statistics.find(*many(np.full((500, 2), 8), np.zeros((500, 32), np.uint8)))
    (group,) = found.groups

    assert group.count == 500
    assert len(group.pictures) == statistics.MOST_COPIES


def test_shapes_are_measured_and_the_figures_kept(home: Any) -> None:
    drawn = datasets.open("shapes:train=40,test=20,size=16")
    seen: list[tuple[int, int]] = []
    assert statistics.load(drawn) is None
    found = measure(drawn, lambda *at: seen.append(at))

    assert seen[-1] == (60, 60)
    assert statistics.load(drawn) == found
    assert found.sizes == (Size(16, 16, 60),)
    with Image.open(statistics.drawn_mean(drawn)) as mean:
        assert mean.size == (64, 64)
    # Other shapes, other figures.
    assert statistics.load(datasets.open("shapes:train=41,test=20,size=16")) is None


def test_a_set_of_an_older_version_is_measured_again(
    zipped: Any, copied: dict[str, bytes], home: Any
) -> None:
    import_dataset(zipped(copied), name="pets")
    pets = datasets.open("pets")
    expected = statistics.load(pets)
    measures = Measures.load(pets.folder)
    for path in (*pets.folder.glob("figures/*"), pets.folder / "measures.npz"):
        path.unlink()
    assert statistics.load(pets) is None

    assert measure(pets) == expected
    again = Measures.load(pets.folder)
    assert measures is not None
    assert again is not None
    assert np.array_equal(again.digests, measures.digests)
    assert np.allclose(again.moments, measures.moments)


def test_figures_come_from_kept_measures_without_a_look(
    zipped: Any, two_classes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    import_dataset(zipped(two_classes), name="pets")
    pets = datasets.open("pets")
    for path in pets.folder.glob("figures/*"):
        path.unlink()
    monkeypatch.setattr(type(pets), "raw", lambda *_: pytest.fail("looked at a picture"))

    assert measure(pets) == statistics.load(pets)


def test_a_picture_that_is_gone_is_one_sentence(folder: Any, two_classes: dict[str, bytes]) -> None:
    root = folder(two_classes)
    import_dataset(root, name="pets")
    pets = datasets.open("pets")
    (pets.folder / "measures.npz").unlink()
    (root / "cat/4.png").unlink()

    with pytest.raises(DataError, match="A picture of pets can't be read any more") as caught:
        measure(pets)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_none_or_one_sentence(zipped: Any, two_classes: dict[str, bytes]) -> None:
    import_dataset(zipped(two_classes), name="pets")
    pets = datasets.open("pets")
    (path,) = pets.folder.glob("figures/*.json")
    path.write_text("{")
    (pets.folder / "measures.npz").write_bytes(b"PK")

    assert statistics.load(pets) is None
    with pytest.raises(DataError, match=r"measures\.npz is damaged; delete it"):
        Measures.load(pets.folder)
    assert cards.CARD in {file.name for file in pets.folder.iterdir()}
