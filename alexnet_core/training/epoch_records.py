"""What a run leaves behind of each epoch: confusion, answers on pinned pictures, conv1's filters.

`epoch_recorder` writes it. Small enough to keep for every epoch, also where the checkpoints are
thinned out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from alexnet_core.errors import TrainingError, UnknownNameError
from alexnet_core.runs import run_folder


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
