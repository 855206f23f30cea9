"""From a data set's name to the batches of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from alexnet_core import devices
from alexnet_core.data import cache, datasets
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import Batches, MemoryBatches, StreamBatches
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import DataError
from alexnet_core.training.config import RunConfig
from alexnet_core.training.trainer import TrainingData

Progress = Callable[[int, int], None]
Indices = np.ndarray[Any, np.dtype[np.int64]]

MEMORY_SHARE = 2
"""A split is kept whole where it takes at most one part in this many of the free memory."""


@dataclass(frozen=True)
class PictureReader:
    """Reads one picture of a split as the network's pixels; travels to reading processes."""

    dataset: str
    split: str
    transform: Transform
    rows: Indices

    def __call__(self, number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """(S, S, 3) uint8."""
        picture = datasets.open(self.dataset).picture(self.split, int(self.rows[number]))
        return self.transform.pixels(picture.image)


def load_split(
    dataset: datasets.Dataset,
    split: str,
    transform: Transform,
    *,
    rows: Indices | None = None,
    augmentation: Augmentation | None = None,
    batch_size: int = 500,
    seed: int = 0,
    device: torch.device | None = None,
    workers: int = 2,
    progress: Progress | None = None,
    part: tuple[int, int] = (0, 1),
) -> Batches:
    """The batches of a split, decoded once where they fit in memory, streamed where they do not.

    Args:
        dataset: an opened data set.
        split: train, val or test.
        transform: what the network wants of a picture.
        rows: which pictures of the split; None for all.
        augmentation: what may happen to training pictures.
        batch_size: pictures a training batch.
        seed: of order and augmentation.
        device: where the batches are wanted.
        workers: reading processes where the split is streamed.
        progress: called with pictures decoded and pictures in all.
        part: which share of every training batch is wanted, and how many shares there are.
    """
    augmentation = augmentation or Augmentation()
    labels = dataset.labels(split)
    chosen = np.arange(len(labels)) if rows is None else rows
    wide = transform.replace(input_size=transform.input_size + augmentation.crop_margin)
    options: dict[str, Any] = {
        "transform": transform,
        "augmentation": augmentation,
        "batch_size": batch_size,
        "seed": seed,
        "device": device,
        "part": part,
    }
    needed = len(labels) * wide.input_size**2 * 3
    if needed * MEMORY_SHARE > devices.free_memory(device or torch.device("cpu")):
        reader = PictureReader(dataset.card.name, split, wide, chosen)
        return StreamBatches(reader, labels[chosen], workers=workers, **options)
    pixels = cache.pixels(dataset, split, wide, progress=progress)
    return MemoryBatches(pixels, labels[chosen], chosen, **options)


def load_training(
    config: RunConfig,
    dataset: datasets.Dataset,
    transform: Transform,
    progress: Progress | None,
    part: tuple[int, int] = (0, 1),
) -> TrainingData:
    """The training and validation batches of a run; of training batches this process's part.

    Raises:
        DataError: the set has no training pictures, too few for a batch of two, or no batch that
            all processes can share evenly.
    """
    device = devices.choose(config.device)
    labels = dataset.labels("train")
    if dataset.length("val"):
        train_rows, held_split, held_rows = np.arange(len(labels)), "val", None
    else:
        train_rows, held_rows = set_apart(labels, config.validation_percent, config.seed)
        held_split = "train"
    if config.limit is not None:
        train_rows = first_of_each_class(train_rows, labels, config.limit)
    if len(train_rows) < 2:
        raise DataError(
            f"{dataset.card.name} has {len(train_rows)} pictures to train on; "
            "at least 2 are needed."
        )
    if min(len(train_rows), config.batch_size) % config.processes:
        raise DataError(
            f"{dataset.card.name} has {len(train_rows)} pictures to train on, one batch, which "
            f"{config.processes} processes can't share evenly; choose a smaller batch."
        )
    train = load_split(
        dataset,
        "train",
        transform,
        rows=train_rows,
        augmentation=config.augmentation,
        batch_size=config.batch_size,
        seed=config.seed,
        device=device,
        workers=config.workers,
        progress=progress,
        part=part,
    )
    held: Batches | None = None
    if held_rows is None or len(held_rows):
        # The margin is cut away again, so that both splits share one decoded file.
        same_file = Augmentation(crop_margin=config.augmentation.crop_margin)
        held = load_split(
            dataset,
            held_split,
            transform,
            rows=held_rows,
            augmentation=same_file,
            device=device,
            workers=config.workers,
            progress=progress,
        )
    return TrainingData(train, held)


def set_apart(labels: Indices, percent: int, seed: int) -> tuple[Indices, Indices]:
    """Split rows in two, the same share of every class: (to train on, to validate on)."""
    random = np.random.default_rng(seed)
    held = []
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        held.append(rows[: round(len(rows) * percent / 100)])
    validation = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), validation), validation


def first_of_each_class(rows: Indices, labels: Indices, limit: int) -> Indices:
    """Of these rows the first ``limit`` of every class, in order."""
    kept = [rows[labels[rows] == label][:limit] for label in np.unique(labels[rows])]
    return np.sort(np.concatenate(kept))
