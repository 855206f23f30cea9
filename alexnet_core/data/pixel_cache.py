"""Every picture of a split, decoded and resized once, as one file that is mapped into memory.

Decoding a photograph takes longer than a step of training on it. So it is done once; from then on
an epoch reads plain bytes, and the operating system keeps in memory what fits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from alexnet_core import files
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.parallel import in_order
from alexnet_core.data.transforms import Transform

_PORTION = 32

Pixels = np.memmap[Any, np.dtype[np.uint8]]
Progress = Callable[[int, int], None]
"""Called with the pictures decoded and the pictures in all."""


def pixels(
    dataset: Dataset, split: str, transform: Transform, *, progress: Progress | None = None
) -> Pixels:
    """The pictures of a split as the network sees them, before `Transform.normalise`.

    Made at the first call and kept beside the data set; read again as long as the pictures and
    the transform's geometry stay the same (mean and std do not matter here). A few pictures are in
    memory at a time while it is made.

    Args:
        dataset: an opened data set.
        split: train, val or test.
        transform: gives size, framing and interpolation.
        progress: called while it is made.

    Returns:
        (N, input_size, input_size, 3) uint8, mapped copy-on-write: who writes into it changes
        neither the file nor what others see.

    Raises:
        DataError, ImageError: a picture can't be read any more.
        DiskFullError, HomeError: the file can't be written.
    """
    size = transform.input_size
    shape = (dataset.length(split), size, size, 3)
    path = _path(dataset, split, transform)
    if not path.exists():
        _make(path, shape, dataset, split, transform, progress)
    return np.memmap(path, np.uint8, mode="c", shape=shape)


def _path(dataset: Dataset, split: str, transform: Transform) -> Path:
    geometry = transform.model_dump_json(exclude={"mean", "std"})
    key = hashlib.sha256(f"{dataset.card.fingerprint} {geometry}".encode()).hexdigest()[:16]
    return dataset.folder / "cache" / f"{split}-{transform.input_size}-{key}.pixels"


def _make(
    path: Path,
    shape: tuple[int, int, int, int],
    dataset: Dataset,
    split: str,
    transform: Transform,
    progress: Progress | None,
) -> None:
    def decode(first: int) -> bytes:
        numbers = range(first, min(first + _PORTION, shape[0]))
        return b"".join(
            transform.pixels(dataset.picture(split, number).image).tobytes() for number in numbers
        )

    # Written, not mapped: on a full disk a write fails, where a mapped page would kill the process.
    with files.replacing(path) as temporary, temporary.open("wb") as file:
        done = 0
        for portion in in_order(decode, range(0, shape[0], _PORTION)):
            file.write(portion)
            done = min(done + _PORTION, shape[0])
            if progress:
                progress(done, shape[0])
