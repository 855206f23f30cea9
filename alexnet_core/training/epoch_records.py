"""What a run leaves behind of each epoch: confusion, answers on pinned pictures, conv1's filters.

Small enough to keep for every epoch, also where the checkpoints are thinned out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from alexnet_core import files, rendering
from alexnet_core.errors import TrainingError, UnknownNameError
from alexnet_core.runs import run_folder

if TYPE_CHECKING:
    from torch import nn

    from alexnet_core.data.batches import Batch, Batches
    from alexnet_core.data.transforms import Transform

PINNED = 8
"""Validation pictures that a run shows its answers on."""


@dataclass(frozen=True, kw_only=True)
class PinnedPicture:
    """A validation picture that a run answers after every epoch."""

    number: int
    """Its place in the validation split, from 0."""
    label: str
    pixels: NDArray[np.uint8]
    """What the network sees of it, (S, S, 3)."""


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """One epoch of a run; C classes, P pinned pictures, N filters."""

    epoch: int
    top1: float | None
    """Validation top-1, 0 to 1; None where nothing was set apart."""
    kept: bool
    """Whether its checkpoint is there to be opened."""
    confusion: NDArray[np.int32] | None
    """Validation pictures by class (row) and answer (column), (C, C)."""
    probabilities: NDArray[np.float32]
    """The answers on the pinned pictures, (P, C); each row sums to 1."""
    filters: NDArray[np.uint8]
    """The filters of conv1 as RGB pictures, (N, H, W, 3)."""


class Pinned:
    """The pinned pictures of a run while it trains.

    Args:
        folder: the run's.
        validation: its validation split, or None.
        categories: names of the classes.
        transform: undone for the pictures on screen.
    """

    def __init__(
        self,
        folder: Path,
        validation: Batches | None,
        categories: tuple[str, ...],
        transform: Transform,
    ) -> None:
        self._folder = folder
        self._batch: Batch | None = None
        if validation is None:
            return
        numbers = _one_of_each_class(validation.labels.cpu().numpy())
        self._batch = validation.some(numbers)
        labels = self._batch.labels.tolist()
        path = run_folder.pinned(folder)
        with files.replacing(path) as temporary, temporary.open("wb") as to:
            np.savez_compressed(
                to,
                numbers=np.array(numbers),
                labels=np.array([categories[label] for label in labels]),
                pixels=transform.denormalise(self._batch.images).cpu().numpy(),
            )

    def keep(self, epoch: int, network: nn.Module, confusion: Any | None) -> None:
        """Write down what the network shows at the end of an epoch.

        Raises:
            DiskFullError, HomeError: it can't be written.
        """
        import torch

        answers = np.zeros((0, 0), dtype=np.float32)
        if self._batch is not None:
            was_training = network.training
            network.eval()
            with torch.inference_mode():
                logits = network(self._batch.images).float()
            network.train(was_training)
            answers = logits.softmax(dim=1).cpu().numpy()
        weights = network.get_parameter("conv1.weight").detach().float().cpu().numpy()
        counted = np.zeros((0, 0)) if confusion is None else confusion.numpy()
        path = run_folder.record(self._folder, epoch)
        with files.replacing(path) as temporary, temporary.open("wb") as to:
            np.savez_compressed(
                to,
                probabilities=answers,
                filters=rendering.kernels(weights),
                confusion=counted.astype(np.int32),
            )


def pinned_pictures(run: str) -> tuple[PinnedPicture, ...]:
    """The pinned pictures of a run; none before it began, or without a validation split."""
    path = run_folder.pinned(run_folder.of(run))
    if not path.is_file():
        return ()
    found = _read(path)
    return tuple(
        PinnedPicture(number=int(number), label=str(label), pixels=pixels)
        for number, label, pixels in zip(
            found["numbers"], found["labels"], found["pixels"], strict=True
        )
    )


def listing(run: str) -> tuple[int, ...]:
    """The epochs that a run left a record of, in order."""
    return tuple(run_folder.recorded_epochs(run_folder.of(run)))


def load(run: str, epoch: int) -> EpochRecord:
    """The record of one epoch.

    Raises:
        UnknownNameError: the run has none of that epoch.
        TrainingError: it is damaged.
    """
    folder = run_folder.of(run)
    path = run_folder.record(folder, epoch)
    if not path.is_file():
        raise UnknownNameError("epoch", str(epoch), map(str, listing(run)))
    found = _read(path)
    past = {figures["epoch"]: figures["validation_top1"] for figures in run_folder.history(folder)}
    return EpochRecord(
        epoch=epoch,
        top1=past.get(epoch),
        kept=run_folder.checkpoint(folder, epoch).is_dir(),
        confusion=found["confusion"] if found["confusion"].size else None,
        probabilities=found["probabilities"],
        filters=found["filters"],
    )


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as opened:
            return dict(opened)
    except (OSError, ValueError, BadZipFile) as error:
        raise TrainingError(f"{path} is damaged ({error}).") from error


def _one_of_each_class(labels: NDArray[np.int64]) -> list[int]:
    """The first picture of up to eight classes, spread over all of them."""
    classes, first = np.unique(labels, return_index=True)
    spread = np.linspace(0, len(classes) - 1, min(PINNED, len(classes))).round().astype(int)
    return [int(number) for number in first[spread]]
