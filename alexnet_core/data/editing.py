"""Changes of a data set after its import: names of classes, pictures set apart.

Pictures are never touched. A set that is open somewhere stays what it was there.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from alexnet_core import files
from alexnet_core.data import datasets, statistics
from alexnet_core.data.cards import CARD, MEAN, SPLITS, DatasetCard
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.dataset import StoredDataset
from alexnet_core.data.datasets import refuse_while_used
from alexnet_core.data.importing.split import stratified
from alexnet_core.data.index import PACK
from alexnet_core.data.statistics import Measures, facts_of_split, measure
from alexnet_core.errors import ConfigError, DataError

MOST_APART = 50
"""Most percent of the training pictures that can be set apart."""

_LONGEST_NAME = 120


def rename_classes(name: str, classes: Sequence[str]) -> DatasetCard:
    """Give the classes of an own set other names; their numbers stay.

    Args:
        name: of the data set.
        classes: a name for each class, in the order of the card.

    Raises:
        UnknownNameError: there is no such set.
        DataError: it is drawn or published, so that its names are not ours to change; or a run
            needs it.
        ConfigError: the names are not as many as the classes, or not all different.
        DiskFullError, HomeError: it can't be written.
    """
    dataset = _stored(name)
    card = dataset.card
    if name in KNOWN:
        raise DataError(f"{card.title} is a published data set; its class names are fixed.")
    wanted = tuple(unicodedata.normalize("NFC", text).strip() for text in classes)
    if len(wanted) != len(card.classes):
        raise ConfigError("classes", f"{len(wanted)} names", f"{len(card.classes)}, one a class")
    for text in wanted:
        if not text or len(text) > _LONGEST_NAME or not text.isprintable():
            raise ConfigError("classes", text, f"names of 1 to {_LONGEST_NAME} letters and signs")
        if wanted.count(text) > 1:
            raise ConfigError("classes", text, "a different name for each class")
    refuse_while_used(name, "renamed")
    changed = card.replace(classes=wanted)
    with files.replacing(dataset.folder / CARD) as temporary:
        temporary.write_text(changed.to_json(), encoding="utf-8")
    return changed


def set_apart(name: str, percent: int, seed: int = 0) -> DatasetCard:
    """Set a share of the training pictures of every class apart for validation.

    What was set apart before goes back first, so the same call gives the same split again.

    Args:
        name: of a set without a validation split of its own.
        percent: of the training pictures; 0 only puts back.
        seed: of the draw.

    Raises:
        UnknownNameError: there is no such set.
        DataError: it is drawn, or has a validation split since its import; or a run needs it.
        ConfigError: the percentage is not allowed.
        DiskFullError, HomeError: it can't be written.
    """
    if not 0 <= percent <= MOST_APART:
        raise ConfigError("percent", percent, f"0 to {MOST_APART}")
    dataset = _stored(name)
    card = dataset.card
    if card.length("val") and not card.set_apart:
        raise DataError(f"{card.title} has a validation split already; that one is kept.")
    refuse_while_used(name, "split anew")
    measures = Measures.load(dataset.folder)
    if measures is None:
        measure(dataset)
        measures = Measures.load(dataset.folder)
        assert measures is not None
    train, val = SPLITS.index("train"), SPLITS.index("val")
    order, labels = dataset.order()
    splits = order.copy()
    splits[splits == val] = train
    rows = np.flatnonzero(splits == train)
    drawn = stratified(labels[rows], (100 - percent, percent, 0), seed)
    splits[rows[drawn == val]] = val
    changed = card.replace(
        **facts_of_split(measures, splits, labels, len(card.classes)),
        set_apart=percent,
        split_by=_split_by(card, percent, seed),
    )
    with files.replacing_folder(dataset.folder) as temporary:
        for path in dataset.folder.iterdir():
            if path.is_file() and path.name != CARD:
                _link(path, temporary / path.name)
        replace(dataset.index, splits=splits).save(temporary)
        statistics.find(changed, splits, labels, measures).save(temporary)
        (temporary / CARD).write_text(changed.to_json(), encoding="utf-8")
    return changed


def _stored(name: str) -> StoredDataset:
    dataset = datasets.open(name)
    if not isinstance(dataset, StoredDataset):
        raise DataError(f"{dataset.card.title} is drawn by the lab; nothing of it can be changed.")
    return dataset


def _split_by(card: DatasetCard, percent: int, seed: int) -> str:
    origin = card.split_by.partition("; ")[0]
    if not percent:
        return origin
    return f"{origin}; {percent} percent of train set apart for validation, seed {seed}"


def _link(path: Path, target: Path) -> None:
    """The same file under a second name; a copy where the disk knows no such thing."""
    # Only what is never written in place is shared.
    if path.name in (PACK, MEAN):
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)
    else:
        shutil.copyfile(path, target)
