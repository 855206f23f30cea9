"""The figures of a run, and their way from the device to whoever listens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from alexnet_core.data.batches import Batches
from alexnet_core.errors import DivergedError
from alexnet_core.training.learner import TrainingState

REPORT_EVERY = 0.5
"""Seconds between two looks at the device's results."""

EXPLODED = 100
"""A loss this many times that of guessing has exploded."""


@dataclass(frozen=True, kw_only=True)
class StepMetrics:
    """One training step."""

    step: int
    """Counted from 1 over the whole run."""
    steps: int
    """Steps of the whole run."""
    epoch: int
    """Counted from 1."""
    epochs: int
    """Epochs of the whole run."""
    train_loss: float
    train_top1: float
    """Share of the batch answered right, 0 to 1."""
    lr: float
    images_per_second: float
    """Measured since the last report."""


@dataclass(frozen=True, kw_only=True)
class EpochMetrics:
    """One finished epoch; validation figures are None where nothing was set apart."""

    epoch: int
    step: int
    train_loss: float
    train_top1: float
    train_top5: float
    validation_loss: float | None
    validation_top1: float | None
    validation_top5: float | None
    lr: float
    """Of the epoch's last step."""
    images_per_second: float
    """Training pictures a second, without validation."""
    seconds: float
    """The epoch with its validation."""
    seconds_left: float
    """Epochs to go times the mean of the epochs so far."""


Metrics = StepMetrics | EpochMetrics


class StepReporter:
    """Collects each step's results and looks at them only once the device has moved on.

    Raises:
        DivergedError: a loss became NaN or exploded.
    """

    def __init__(
        self, report: Callable[[StepMetrics], None], state: TrainingState, train: Batches
    ) -> None:
        self._report_step = report
        self._at, self._learner = state.position, state.learner
        self._batch = min(state.learner.config.batch_size, train.pictures)
        self._limit = EXPLODED * math.log(state.learner.config.model.num_classes)
        self._new: list[tuple[int, float, Tensor]] = []
        self._old: list[tuple[int, float, Tensor]] = []
        self._since = time.perf_counter()

    def add(self, step: int, lr: float, results: Tensor) -> None:
        """Take in a step: its learning rate and what `Learner.learn` answered."""
        self._new.append((step, lr, results))
        if time.perf_counter() - self._since >= REPORT_EVERY:
            self._report(self._old)
            self._old, self._new = self._new, []

    def flush(self) -> None:
        """Report all steps, which waits for the device."""
        self._report(self._old + self._new)
        self._old, self._new = [], []

    def _report(self, rows: list[tuple[int, float, Tensor]]) -> None:
        now = time.perf_counter()
        speed = self._batch * len(self._new) / max(now - self._since, 1e-9)
        self._since = now
        if not rows:
            return
        steps = self._learner.steps
        figures = torch.stack([results for _, _, results in rows]).tolist()
        for (step, lr, _), (loss, top1, top5) in zip(rows, figures, strict=True):
            if not math.isfinite(loss) or loss > self._limit:
                raise DivergedError(step, loss)
            sums = zip(self._at.totals, (loss * self._batch, top1, top5), strict=True)
            self._at.totals = [total + value for total, value in sums]
            self._report_step(
                StepMetrics(
                    step=step,
                    steps=steps,
                    epoch=self._at.epoch,
                    epochs=self._learner.config.epochs,
                    train_loss=loss,
                    train_top1=top1 / self._batch,
                    lr=lr,
                    images_per_second=speed,
                )
            )
