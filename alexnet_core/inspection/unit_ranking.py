"""Which pictures of a data set excite which unit: all units in one pass, worked out once.

The pass reads a portion of pictures at a time, so memory depends on the network alone. What it
finds is stored below ``inspection`` of the lab's home under the checkpoint and the data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray

from alexnet_core import devices, files
from alexnet_core.data import datasets
from alexnet_core.data.parallel import in_order
from alexnet_core.errors import CancelledError, ConfigError, DataError, LabError
from alexnet_core.inspection import ranking_files
from alexnet_core.inspection.top_activations import (
    RANKED,
    Ranking,
    Running,
    TopActivations,
)
from alexnet_core.models.anatomy import FLOAT_BYTES
from alexnet_core.models.library import LoadedModel

Progress = Callable[[int, int], None]
"""Called with the pictures looked at and the pictures in all."""

_MOST_PICTURES = 256
_LARGEST_OUTPUT = 64 * 2**20
"""Bytes that one layer may give for a portion of pictures."""

_LOCK_SECONDS = 0.5


def load(model: LoadedModel, dataset: str, split: str = "test") -> TopActivations | None:
    """What `rank` found earlier; None where it has yet to be worked out.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    return ranking_files.load(ranking_files.key(model, datasets.open(dataset), split))


def rank(
    model: LoadedModel,
    dataset: str,
    split: str = "test",
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TopActivations:
    """The strongest patches of every unit of every convolution, activation and linear layer.

    Stored, so that a second call for the same weights and pictures only reads. Two at once do the
    work once: the second waits.

    Args:
        model: its lock is held for a portion of pictures at a time; it may move to a GPU.
        dataset: name of the data set. Its classes need not be the model's.
        split: train, val or test.
        progress: called after each portion.
        cancelled: asked before each portion; once it says yes, nothing is kept.

    Raises:
        UnknownNameError, DatasetNotHereError: there is no such data set here.
        DataError, ImageError: it has no such pictures, or they vanished in the middle.
        CheckpointError: the network gives NaN or infinity.
        CancelledError: somebody cancelled it.
        DiskFullError, HomeError: the result can't be written.
    """
    opened = datasets.open(dataset)
    if not opened.length(split):
        raise DataError(f"{dataset} has no {split} split.")
    if model.config.in_channels != 3:
        raise ConfigError("in_channels", model.config.in_channels, "3, for pictures in RGB")
    name = ranking_files.key(model, opened, split)
    stop = cancelled or (lambda: False)
    found = ranking_files.load(name)
    if found is not None:
        return found
    lock = FileLock(ranking_files.lock_of(name))
    while not _taken(lock):
        _go_on(stop, dataset)
    try:
        # Who held the lock before may have done it meanwhile.
        found = ranking_files.load(name)
        if found is None:
            for half in ranking_files.path_of(name).parent.glob(f".partial-*{name}*"):
                half.unlink(missing_ok=True)
            found = _pass(model, opened, split, progress, stop)
            ranking_files.save(name, found)
        return found
    finally:
        lock.release()


def _pass(
    model: LoadedModel,
    dataset: datasets.Dataset,
    split: str,
    progress: Progress | None,
    stop: Callable[[], bool],
) -> TopActivations:
    card, total = dataset.card, dataset.length(split)
    layers = {
        spec.name: Running(spec.name) for spec in model.config.layers() if spec.kind in RANKED
    }
    sizes = np.zeros((total, 2), np.int32)
    plan = devices.plan(precision="fp32")
    with model.lock:
        plan.place(model.network)
    done = 0
    for pixels, portion in _portions(model, dataset, split):
        _go_on(stop, card.name)
        _still_there(dataset)
        sizes[done : done + len(portion)] = portion
        with model.lock, torch.inference_mode():
            device = next(model.network.parameters()).device
            values = model.transform.normalise(torch.from_numpy(pixels).to(device))
            # Layer by layer, so that an output is gone before the next but one is there.
            for name, layer in model.network.named_children():
                values = layer(values)
                if name in layers:
                    layers[name].add(values, done)
        done += len(portion)
        if progress:
            progress(done, total)
    about = Ranking(
        reference=model.reference,
        model=model.config,
        transform=model.transform,
        dataset=card.name,
        split=split,
        classes=card.classes,
        pictures=total,
    )
    return TopActivations(
        about=about,
        sizes=sizes,
        labels=dataset.labels(split).astype(np.int32),
        layers={name: running.ranks() for name, running in layers.items()},
    )


def _portions(
    model: LoadedModel, dataset: datasets.Dataset, split: str
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int32]]]:
    """(N, S, S, 3) what the network sees and (N, 2) the pictures' own sizes, a few N at a time."""
    outputs = [int(np.prod(spec.out_shape)) * FLOAT_BYTES for spec in model.config.layers()]
    step = max(1, min(_MOST_PICTURES, _LARGEST_OUTPUT // max(outputs)))
    total = dataset.length(split)

    def read(first: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        images = [
            dataset.picture(split, number).image
            for number in range(first, min(first + step, total))
        ]
        # A copy: torch takes no array that can't be written.
        pixels: NDArray[Any] = np.stack([model.transform.pixels(image) for image in images])
        return pixels, np.array([image.size for image in images], np.int32)

    return in_order(read, range(0, total, step))


def _taken(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except TimeoutError:
        return False
    except OSError as error:
        raise files.explain(error, ranking_files.path_of("")) from error
    return True


def _go_on(stop: Callable[[], bool], dataset: str) -> None:
    if stop():
        raise CancelledError(f"The ranking over {dataset} was cancelled; nothing of it is kept.")


def _still_there(dataset: datasets.Dataset) -> None:
    try:
        same = datasets.open(dataset.card.name).card.fingerprint == dataset.card.fingerprint
    except LabError:
        same = False
    if not same:
        raise DataError(
            f"The data set {dataset.card.name} was removed or changed while its pictures were "
            "ranked; nothing of it is kept."
        )
