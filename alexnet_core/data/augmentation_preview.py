"""What augmentation does to a few pictures, to be looked at before training."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alexnet_core.data.augmentation import Augmentation, Augmenter
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.transforms import Transform

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class Chosen(NamedTuple):
    """A few pictures of a set."""

    labels: tuple[str, ...]
    pixels: Pixels
    """(N, S + margin, S + margin, 3) uint8, as training reads them."""


def choose(dataset: Dataset, wide: Transform, count: int, seed: int = 0) -> Chosen:
    """A few training pictures of different classes, as far as there are so many.

    Args:
        dataset: an opened data set.
        wide: gives the size that pictures are kept at, margin included.
        count: how many.
        seed: another one chooses other pictures.

    Raises:
        DataError, ImageError: a picture can't be read any more.
    """
    random = np.random.default_rng(seed)
    labels = dataset.labels("train")
    rows: NDArray[np.int64] = random.permutation(len(labels))
    # The first of each class, then the second of each, and so on.
    turn = np.zeros(len(rows), dtype=np.int64)
    for label in np.unique(labels):
        places = np.flatnonzero(labels[rows] == label)
        turn[places] = np.arange(len(places))
    rows = np.sort(rows[np.argsort(turn, kind="stable")][:count])
    pictures = [dataset.picture("train", int(row)).image for row in rows]
    return Chosen(
        labels=tuple(dataset.card.classes[int(labels[row])] for row in rows),
        pixels=np.stack([wide.pixels(picture) for picture in pictures]),
    )


def versions(
    pixels: Pixels, transform: Transform, augmentation: Augmentation, count: int, seed: int = 0
) -> Pixels:
    """Random versions of pictures, made as training makes them.

    Colour noise follows the colours of these pictures; training learns them from more.

    Args:
        pixels: (N, S + margin, S + margin, 3) uint8.
        transform: what the network wants of a picture, without the margin.
        augmentation: what may happen.
        count: versions of each.
        seed: another one draws other versions.

    Returns:
        (N, ``count``, S, S, 3) uint8.
    """
    import torch

    device = torch.device("cpu")
    kept = torch.from_numpy(np.array(pixels))
    size = transform.input_size
    augmenter = Augmenter(augmentation, size, seed)
    augmenter.learn_colours(kept)
    rows = torch.arange(len(kept)).repeat_interleave(count)
    each = torch.arange(len(rows))
    draws = augmenter.draw(1, len(rows), device)
    shown = transform.denormalise(augmenter.prepare(kept, rows, draws, each, transform))
    found: Pixels = shown.view(len(kept), count, size, size, 3).numpy()
    return found


def unchanged(pixels: Pixels, transform: Transform) -> Pixels:
    """The same pictures as validation sees them, (N, S, S, 3): the margin cut away."""
    top = (pixels.shape[1] - transform.input_size) // 2
    bottom = top + transform.input_size
    return pixels[:, top:bottom, top:bottom]
