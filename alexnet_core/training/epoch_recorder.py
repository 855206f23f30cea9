"""Writes what `epoch_records` reads, while a run trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_core import files, rendering
from alexnet_core.data.batches import Batch, Batches
from alexnet_core.data.transforms import Transform
from alexnet_core.runs import run_folder
from alexnet_core.training.callbacks import FinishedEpoch, TrainingCallback
from alexnet_core.training.learner import TrainingState

PINNED = 8
"""Validation pictures that a run shows its answers on."""


class EpochRecorder(TrainingCallback):
    """Keeps a record of every epoch while a run trains.

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

    def on_epoch(self, finished: FinishedEpoch, state: TrainingState) -> None:
        """Write down what the network shows at the end of an epoch.

        Raises:
            DiskFullError, HomeError: it can't be written.
        """
        network = state.learner.best_network
        answers = np.zeros((0, 0), dtype=np.float32)
        if self._batch is not None:
            was_training = network.training
            network.eval()
            with torch.inference_mode():
                logits = network(self._batch.images).float()
            network.train(was_training)
            answers = logits.softmax(dim=1).cpu().numpy()
        weights = network.get_parameter("conv1.weight").detach().float().cpu().numpy()
        accuracy = finished.accuracy
        counted = np.zeros((0, 0)) if accuracy is None else accuracy.confusion.numpy()
        path = run_folder.record(self._folder, finished.metrics.epoch)
        with files.replacing(path) as temporary, temporary.open("wb") as to:
            np.savez_compressed(
                to,
                probabilities=answers,
                filters=rendering.kernels(weights),
                confusion=counted.astype(np.int32),
            )


def _one_of_each_class(labels: NDArray[np.int64]) -> list[int]:
    """The first picture of up to eight classes, spread over all of them."""
    classes, first = np.unique(labels, return_index=True)
    spread = np.linspace(0, len(classes) - 1, min(PINNED, len(classes))).round().astype(int)
    return [int(number) for number in first[spread]]
