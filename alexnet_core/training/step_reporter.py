"""The figures of each step on their way from the device to whoever listens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from alexnet_core.data.batches import Batches
from alexnet_core.errors import DivergedError
from alexnet_core.training.learner import Learner
from alexnet_core.training.metrics import Metrics, StepMetrics

REPORT_EVERY = 0.5
"""Seconds between two looks at the device's results."""

EXPLODED = 100
"""A loss this many times that of guessing has exploded."""


@dataclass
class Position:
    """Where a run stands; saved and restored with the learner."""

    epoch: int = 1
    batch: int = 0
    best_epoch: int = 0
    best_top1: float = -1.0
    best_loss: float = math.inf
    epoch_seconds: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Sums over the epoch so far: loss times pictures, hits at one, hits in five."""


class Reporter:
    """Collects each step's results and looks at them only once the device has moved on.

    Raises:
        DivergedError: a loss became NaN or exploded.
    """

    def __init__(
        self, on_metrics: Callable[[Metrics], None], at: Position, train: Batches, learner: Learner
    ) -> None:
        self._on_metrics = on_metrics
        self._at = at
        self._learner = learner
        self._batch = min(learner.config.batch_size, train.pictures)
        self._limit = EXPLODED * math.log(learner.config.model.num_classes)
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
            self._on_metrics(
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
