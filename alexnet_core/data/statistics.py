"""What a look at every picture of a data set shows: colours, sizes, and pictures there twice.

`Measures` are kept of every single picture, since another split has other sums: mean, spread and
fingerprint can then be worked out again without a look at any picture. `Figures` are what is shown
of the whole, worked out once and stored beside the set under its fingerprint.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from alexnet_core import files
from alexnet_core.config import Config
from alexnet_core.data.cards import MEAN, SPLITS, DatasetCard, Rejected
from alexnet_core.data.dataset import Dataset, StoredDataset
from alexnet_core.data.images import LIMITS
from alexnet_core.data.importing.layouts import Member
from alexnet_core.data.importing.sources import File
from alexnet_core.data.importing.survey import Surveyed, portions, survey
from alexnet_core.data.parallel import in_order
from alexnet_core.errors import ConfigError, DataError

MOST_GROUPS = 200
"""How many groups of equal pictures are named; the others are only counted."""

MOST_COPIES = 12
"""How many pictures of a group are named."""

MOST_SIZES = 400
"""Different sizes that are told apart; beyond that they are rounded."""

Progress = Callable[[int, int], None]
"""Called with the pictures looked at and the pictures in all."""

_MEASURES = "measures.npz"
_FOLDER = "figures"


@dataclass(frozen=True, slots=True)
class Measures:
    """One row a picture, N in all, in the order of the set's index."""

    digests: NDArray[np.uint8]
    """(N, 32) SHA-256 of the file."""

    moments: NDArray[np.float64]
    """(N, 3, 2) mean and mean square of red, green and blue, 0 to 1."""

    sizes: NDArray[np.int64]
    """(N, 2) width and height in pixels."""

    def save(self, folder: Path) -> None:
        """Write them into the folder of a data set.

        Raises:
            DiskFullError, HomeError: they can't be written.
        """
        with files.replacing(folder / _MEASURES) as temporary, temporary.open("wb") as file:
            np.savez(file, digests=self.digests, moments=self.moments, sizes=self.sizes)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read what `save` wrote; None where nothing was.

        Raises:
            DataError: the file is damaged.
        """
        path = folder / _MEASURES
        if not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                arrays: dict[str, Any] = dict(np.load(file, allow_pickle=False))
            return cls(**arrays)
        except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} is damaged; delete it, and it is made again.") from error


def facts_of_split(
    measures: Measures, splits: NDArray[np.uint8], labels: NDArray[np.int64], classes: int
) -> dict[str, Any]:
    """The fields of a `cards.DatasetCard` that depend on the split.

    Args:
        measures: of N pictures.
        splits: (N,) places in `cards.SPLITS`.
        labels: (N,) class numbers.
        classes: how many there are.
    """
    # Each picture weighs the same; the variance of all pixels follows from the two means.
    mean, square = measures.moments[splits == 0].mean(axis=0).T
    # A set of black pictures has no spread to divide by.
    std = np.sqrt(np.maximum(square - mean**2, 1e-6))
    counts = {
        split: tuple(np.bincount(labels[splits == place], minlength=classes).tolist())
        for place, split in enumerate(SPLITS)
    }
    return {
        "counts": {split: of for split, of in counts.items() if sum(of)},
        "mean": tuple(mean.round(6).tolist()),
        "std": tuple(std.round(6).tolist()),
        "fingerprint": _fingerprint(measures.digests, splits, labels),
    }


def _fingerprint(
    digests: NDArray[np.uint8], splits: NDArray[np.uint8], labels: NDArray[np.int64]
) -> str:
    places = labels.astype(">u4").view(np.uint8).reshape(-1, 4)
    rows = np.hstack([splits[:, None], places, digests])
    return hashlib.sha256(b"".join(sorted(row.tobytes() for row in rows))).hexdigest()


class Copy(NamedTuple):
    """One of several equal pictures: its split and its number there."""

    split: str
    number: int


class Copies(Config):
    """Pictures whose files are equal to the last byte."""

    pictures: tuple[Copy, ...]
    """The first `MOST_COPIES` of them, train before val before test."""

    count: int
    """How many there are."""

    splits: tuple[str, ...]
    """The splits that hold one."""

    classes: tuple[int, ...]
    """The classes that hold one: more than one means that a label is wrong."""


class Size(NamedTuple):
    """Width and height in pixels, and how many pictures have them."""

    width: int
    height: int
    pictures: int


class Figures(Config):
    """The figures of a data set."""

    fingerprint: str
    """Of the set that they belong to."""

    sizes: tuple[Size, ...]
    """Sizes, the most frequent first."""

    rounded_to: int = 1
    """Pixels to which the sizes are rounded; 1 where they are exact."""

    groups: tuple[Copies, ...] = ()
    """The first `MOST_GROUPS` groups of equal pictures, those in two splits first."""

    group_count: int = 0
    """How many groups there are."""

    in_two_splits: int = 0
    """Groups with pictures in more than one split."""

    in_two_classes: int = 0
    """Groups with pictures in more than one class."""

    also_in_train: dict[str, int] = Field(default_factory=dict)
    """Of val and test: pictures that a network sees while it learns."""

    def save(self, folder: Path) -> None:
        """Write them into the folder of their data set.

        Raises:
            DiskFullError, HomeError: they can't be written.
        """
        with files.replacing(_path(folder, self.fingerprint, "json")) as temporary:
            temporary.write_text(self.model_dump_json(), encoding="utf-8")


def load(dataset: Dataset) -> Figures | None:
    """The figures of a data set; None where they have yet to be worked out."""
    try:
        text = _path(dataset.folder, dataset.card.fingerprint, "json").read_bytes()
        return Figures.from_json(text)
    except (OSError, ConfigError):
        return None


def drawn_mean(dataset: Dataset) -> Path:
    """Where the mean picture of a drawn data set lies, or would."""
    return _path(dataset.folder, dataset.card.fingerprint, "png")


def find(
    card: DatasetCard, splits: NDArray[np.uint8], labels: NDArray[np.int64], measures: Measures
) -> Figures:
    """Work the figures out.

    Args:
        card: of the data set.
        splits: (N,) places in `cards.SPLITS`.
        labels: (N,) places in the card's classes.
        measures: of these N pictures.
    """
    sizes, rounded_to = _sizes(measures.sizes)
    groups = _equal(measures.digests)
    apart = [len(np.unique(splits[rows])) > 1 for rows in groups]
    at_odds = [len(np.unique(labels[rows])) > 1 for rows in groups]
    telling = sorted(range(len(groups)), key=lambda group: (not apart[group], not at_odds[group]))
    numbers = _numbers(splits)
    return Figures(
        fingerprint=card.fingerprint,
        sizes=sizes,
        rounded_to=rounded_to,
        groups=tuple(
            _copies(groups[group], splits, labels, numbers) for group in telling[:MOST_GROUPS]
        ),
        group_count=len(groups),
        in_two_splits=sum(apart),
        in_two_classes=sum(at_odds),
        also_in_train={
            split: sum(
                int((splits[rows] == place).sum()) for rows in groups if (splits[rows] == 0).any()
            )
            for place, split in enumerate(SPLITS)
            if place and (splits == place).any()
        },
    )


def _sizes(sizes: NDArray[np.int64]) -> tuple[tuple[Size, ...], int]:
    step = 1
    while True:
        rounded = np.maximum(1, (sizes + step // 2) // step * step)
        different, counts = np.unique(rounded, axis=0, return_counts=True)
        if len(different) <= MOST_SIZES:
            break
        step *= 2
    order = np.argsort(-counts, kind="stable")
    rows = zip(different[order].tolist(), counts[order].tolist(), strict=True)
    return tuple(Size(width, height, count) for (width, height), count in rows), step


def _equal(digests: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """The rows of each digest that is there more than once, in order of the first."""
    whole: NDArray[Any] = np.ascontiguousarray(digests).view("V32").ravel()
    order = np.argsort(whole, kind="stable")
    ordered = whole[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, len(order)])
    several = lengths > 1
    groups = [
        order[start : start + length]
        for start, length in zip(starts[several], lengths[several], strict=True)
    ]
    return sorted(groups, key=lambda rows: int(rows[0]))


def _numbers(splits: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(N,) the number that each picture has within its split."""
    numbers = np.zeros(len(splits), np.int64)
    for place in np.unique(splits):
        inside = splits == place
        numbers[inside] = np.arange(inside.sum())
    return numbers


def _copies(
    rows: NDArray[np.int64],
    splits: NDArray[np.uint8],
    labels: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> Copies:
    ordered = rows[np.argsort(splits[rows], kind="stable")][:MOST_COPIES]
    return Copies(
        pictures=tuple(Copy(SPLITS[splits[row]], int(numbers[row])) for row in ordered),
        count=len(rows),
        splits=tuple(SPLITS[place] for place in np.unique(splits[rows])),
        classes=tuple(np.unique(labels[rows]).tolist()),
    )


def _path(folder: Path, fingerprint: str, ending: str) -> Path:
    return folder / _FOLDER / f"{fingerprint[:16]}.{ending}"


def measure(dataset: Dataset, progress: Progress | None = None) -> Figures:
    """Work out the figures of a data set and store them beside it.

    What the import measured of each picture is used where it was kept; else every picture is
    looked at again.

    Raises:
        DataError: a picture can't be read any more.
        DiskFullError, HomeError: the figures can't be written.
    """
    splits, labels = dataset.order()
    stored = isinstance(dataset, StoredDataset)
    measures = Measures.load(dataset.folder) if stored else None
    if measures is None:
        measures, mean = _look(dataset, progress)
        if stored:
            measures.save(dataset.folder)
        path = dataset.folder / MEAN if stored else drawn_mean(dataset)
        with files.replacing(path) as temporary:
            mean.save(temporary, "PNG")
    found = find(dataset.card, splits, labels, measures)
    found.save(dataset.folder)
    return found


class _Again:
    """The pictures of a data set as a `sources.Source`, called ``split/number``."""

    stored: Literal["copied", "indexed"] = "indexed"

    def __init__(self, dataset: Dataset) -> None:
        self.origin = dataset.card.source
        self._dataset = dataset

    def files(self) -> tuple[list[File], list[Rejected]]:
        """Every picture in the order of the set."""
        splits, _ = self._dataset.order()
        numbers = [0] * len(SPLITS)
        found = []
        for place in splits.tolist():
            found.append(File(f"{SPLITS[place]}/{numbers[place]}", 0))
            numbers[place] += 1
        return found, []

    def read(self, file: File) -> bytes:
        """As `sources.Source.read`."""
        split, _, number = file.path.partition("/")
        return self._dataset.raw(split, int(number))


def _look(dataset: Dataset, progress: Progress | None) -> tuple[Measures, Image.Image]:
    source = _Again(dataset)
    members = [Member(file, "", None) for file in source.files()[0]]
    parts: list[Surveyed] = []
    total = np.zeros((1, 1, 1), np.int64)
    look = partial(survey, source=source, limits=LIMITS)
    for part in in_order(look, portions(members)):
        if part.rejected:
            raise DataError(
                f"A picture of {dataset.card.name} can't be read any more: "
                f"{part.rejected[0].reason}"
            )
        total = total + part.total
        # The bytes have been looked at; all of them together would not fit into memory.
        parts.append(part._replace(data=[]))
        if progress:
            progress(sum(part.looked_at for part in parts), len(members))
    measures = Measures(
        digests=np.concatenate([part.digests for part in parts]),
        moments=np.concatenate([part.moments for part in parts]),
        sizes=np.concatenate([part.sizes for part in parts]),
    )
    return measures, Image.fromarray((total / len(members)).round().astype(np.uint8))
