"""The training and validation pictures of a run."""

from __future__ import annotations

import numpy as np

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import Batches
from alexnet_core.data.importing.split import set_apart
from alexnet_core.data.split_batches import Indices, Progress, load_split
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import DataError
from alexnet_core.training.config import RunConfig
from alexnet_core.training.trainer import TrainingData


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


def first_of_each_class(rows: Indices, labels: Indices, limit: int) -> Indices:
    """Of these rows the first ``limit`` of every class, in order."""
    kept = [rows[labels[rows] == label][:limit] for label in np.unique(labels[rows])]
    return np.sort(np.concatenate(kept))
