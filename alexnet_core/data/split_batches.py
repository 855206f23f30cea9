"""A split of a data set as batches: decoded once where it fits in memory, streamed where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from alexnet_core import devices
from alexnet_core.data import datasets, pixel_cache
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import Batches, MemoryBatches, StreamBatches
from alexnet_core.data.transforms import Transform

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
    pixels = pixel_cache.pixels(dataset, split, wide, progress=progress)
    return MemoryBatches(pixels, labels[chosen], chosen, **options)
