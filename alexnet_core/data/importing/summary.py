"""From many looks at pictures to the index and the facts of a data set."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data.cards import MAX_REJECTED, SPLITS, Rejected
from alexnet_core.data.importing.layouts import Member
from alexnet_core.data.importing.split import Percent, stratified
from alexnet_core.data.importing.survey import MEAN_SIDE, Surveyed
from alexnet_core.data.index import Index
from alexnet_core.data.statistics import Measures, facts_of_split
from alexnet_core.errors import DataError


class Summary:
    """Grows with every portion that was surveyed; holds figures, never pictures."""

    def __init__(self) -> None:
        self._members: list[Member] = []
        self._lengths: list[int] = []
        self._digests: list[NDArray[np.uint8]] = []
        self._moments: list[NDArray[np.float64]] = []
        self._sizes: list[NDArray[np.int64]] = []
        self._total = np.zeros((MEAN_SIDE, MEAN_SIDE, 3), np.int64)
        self._rejected: list[Rejected] = []
        self._rejected_count = 0

    def add(self, part: Surveyed) -> None:
        """Note what a look at some files gave."""
        self._members += part.members
        self._lengths += map(len, part.data)
        self._digests.append(part.digests)
        self._moments.append(part.moments)
        self._sizes.append(part.sizes)
        self._total += part.total
        self.reject(part.rejected)

    def reject(self, rejected: list[Rejected]) -> None:
        """Note files that are left out: all are counted, the first are named."""
        self._rejected_count += len(rejected)
        self._rejected += rejected[: MAX_REJECTED - len(self._rejected)]

    def classes(self) -> tuple[str, ...]:
        """The classes that have pictures, sorted."""
        return tuple(sorted({member.class_name for member in self._members}))

    def index(
        self, classes: tuple[str, ...], percent: Percent, seed: int, *, copied: bool
    ) -> Index:
        """Where each picture lies and which split it belongs to.

        Raises:
            DataError: a class can't be learned and tested.
        """
        if not self._members:
            raise DataError(
                f"None of the {self._rejected_count} files is a picture that can be read."
            )
        number = {name: place for place, name in enumerate(classes)}
        labels = np.array([number[member.class_name] for member in self._members], np.int64)
        _check(labels, classes)
        if self._members[0].split is None:
            splits = stratified(labels, percent, seed)
        else:
            places = [SPLITS.index(str(member.split)) for member in self._members]
            splits = np.array(places, np.uint8)
        absent = np.setdiff1d(np.arange(len(classes)), labels[splits == 0])
        if len(absent):
            raise DataError(f"The class {classes[absent[0]]} has no pictures in train.")
        lengths = np.array(self._lengths, np.int64)
        return Index(
            labels=labels,
            splits=splits,
            offsets=np.cumsum(lengths) - lengths if copied else np.zeros_like(lengths),
            lengths=lengths,
            modified=np.array([member.file.modified for member in self._members], np.int64),
            names=tuple(member.file.path for member in self._members),
        )

    def mean_picture(self) -> Image.Image:
        """The mean of all pictures, each squashed to one small square."""
        return Image.fromarray((self._total / len(self._members)).round().astype(np.uint8))

    def measures(self) -> Measures:
        """What was measured of each picture, in the order of the index."""
        return Measures(
            digests=np.concatenate(self._digests),
            moments=np.concatenate(self._moments),
            sizes=np.concatenate(self._sizes),
        )

    def facts(self, classes: tuple[str, ...], index: Index, measures: Measures) -> dict[str, Any]:
        """The fields of a `cards.DatasetCard` that are counted or measured."""
        digests, sizes = measures.digests, measures.sizes
        return {
            "classes": classes,
            "size_range": (*sizes.min(axis=0).tolist(), *sizes.max(axis=0).tolist()),
            "total_bytes": int(index.lengths.sum()),
            "rejected": tuple(self._rejected),
            "rejected_count": self._rejected_count,
            "duplicates": len(digests) - len(np.unique(digests, axis=0)),
            **facts_of_split(measures, index.splits, index.labels, len(classes)),
        }


def _check(labels: NDArray[np.int64], classes: tuple[str, ...]) -> None:
    if len(classes) == 1:
        raise DataError(f"Only one class ({classes[0]}) has pictures; at least two are needed.")
    pictures = Counter(labels.tolist())
    for place, name in enumerate(classes):
        if pictures[place] < 2:
            has = "only one picture" if pictures[place] else "no picture"
            raise DataError(
                f"The class {name} has {has} that can be read; each needs one to learn from and "
                "one to test with."
            )
