"""A second look at a data set: for one that is drawn, or that an older version imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
from PIL import Image

from alexnet_core import files
from alexnet_core.data import statistics
from alexnet_core.data.cards import MEAN, SPLITS, Rejected
from alexnet_core.data.dataset import Dataset, StoredDataset
from alexnet_core.data.images import LIMITS
from alexnet_core.data.importing.layouts import Member
from alexnet_core.data.importing.sources import File
from alexnet_core.data.importing.survey import Surveyed, portions, survey
from alexnet_core.data.parallel import in_order
from alexnet_core.data.picture_statistics import Measures
from alexnet_core.data.statistics import Figures
from alexnet_core.errors import DataError

Progress = Callable[[int, int], None]
"""Called with the pictures looked at and the pictures in all."""


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
        path = dataset.folder / MEAN if stored else statistics.drawn_mean(dataset)
        with files.replacing(path) as temporary:
            mean.save(temporary, "PNG")
    found = statistics.find(dataset.card, splits, labels, measures)
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
