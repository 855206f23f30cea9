"""What a look at a data set as a whole shows: sizes, and pictures that are there twice.

Worked out once, stored beside the set under its fingerprint: another split, other figures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from alexnet_core import files
from alexnet_core.config import Config
from alexnet_core.data.cards import SPLITS, DatasetCard
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.picture_statistics import Measures
from alexnet_core.errors import ConfigError

MOST_GROUPS = 200
"""How many groups of equal pictures are named; the others are only counted."""

MOST_COPIES = 12
"""How many pictures of a group are named."""

MOST_SIZES = 400
"""Different sizes that are told apart; beyond that they are rounded."""

_FOLDER = "figures"


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
