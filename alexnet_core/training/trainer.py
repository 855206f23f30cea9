"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from alexnet_core import devices
from alexnet_core.data.batches import Batches
from alexnet_core.errors import DivergedError
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.training.config import RunConfig
from alexnet_core.training.learner import Learner
from alexnet_core.training.metrics import EpochMetrics, Metrics, StepMetrics
from alexnet_core.training.validation import Accuracy, validate

REPORT_EVERY = 0.5
"""Seconds between two looks at the device's results."""

EXPLODED = 100
"""A loss this many times that of guessing has exploded."""


@dataclass(frozen=True)
class TrainingData:
    """The two splits that a run sees; no validation split where nothing was set apart."""

    train: Batches
    validation: Batches | None


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


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended."""

    reason: Literal["finished", "stopped", "early"]
    """All epochs done, asked to stop, or early stopping."""
    best_epoch: int
    best_top1: float | None
    """Validation top-1 of the best epoch; None without a validation split."""


def train(
    config: RunConfig,
    data: TrainingData,
    *,
    network: AlexNet,
    on_metrics: Callable[[Metrics], None],
    should_stop: Callable[[], bool] = lambda: False,
    on_epoch: Callable[[EpochMetrics, bool, Learner, Position], None] | None = None,
    on_stop: Callable[[Learner, Position], None] | None = None,
    resume: Mapping[str, Any] | None = None,
) -> TrainingResult:
    """Train a network.

    Args:
        config: the run.
        data: its pictures.
        network: with the weights to start from; trained in place.
        on_metrics: called with every step's and every epoch's figures, steps a little late: no
            step waits for the device to finish the one before.
        should_stop: asked before each step; on true the run ends after ``on_stop``.
        on_epoch: called after each epoch with its figures, whether it is the best so far, and
            what a checkpoint needs.
        on_stop: called where a run stops in mid-epoch, with what a checkpoint needs.
        resume: what `snapshot` made; the run goes on exactly from there.

    Raises:
        DivergedError: the loss became NaN or exploded. The checkpoints of earlier epochs stand.
        ConfigError: there is no such device or precision here.
    """
    plan = devices.plan(config.device, config.precision, config.compile)
    learner = Learner(network, config, plan, len(data.train))
    at = Position()
    torch.manual_seed(config.seed)
    if resume is not None:
        learner.restore(resume["learner"])
        at = Position(**resume["position"])
    while at.epoch <= config.epochs:
        started, first_batch = time.perf_counter(), at.batch
        learner.train_mode()
        reporter = _Reporter(on_metrics, at, data.train, config)
        for batch in data.train.epoch(at.epoch, start=at.batch):
            if should_stop():
                reporter.flush()
                if on_stop is not None:
                    on_stop(learner, at)
                return _result("stopped", at)
            lr = learner.lr
            reporter.add(learner.step + 1, lr, learner.learn(batch))
            at.batch += 1
        reporter.flush()
        speed = (at.batch - first_batch) / (time.perf_counter() - started)
        accuracy = None
        if data.validation is not None:
            accuracy = validate(learner.best_network, data.validation, plan)
            learner.plateau.observe(accuracy.loss)
        at.epoch_seconds.append(time.perf_counter() - started)
        metrics = _epoch_metrics(config, data, learner, at, accuracy, speed)
        is_best = accuracy is None or _better(accuracy, at)
        if is_best:
            at.best_epoch = at.epoch
        if is_best and accuracy is not None:
            at.best_top1, at.best_loss = accuracy.top1, accuracy.loss
        at.epoch, at.batch, at.totals = at.epoch + 1, 0, [0.0, 0.0, 0.0]
        on_metrics(metrics)
        if on_epoch is not None:
            on_epoch(metrics, is_best, learner, at)
        patience = config.early_stopping
        if patience is not None and metrics.epoch - at.best_epoch >= patience:
            return _result("early", at)
    return _result("finished", at)


def snapshot(learner: Learner, position: Position) -> dict[str, Any]:
    """All that `train` needs to go on exactly from here."""
    return {"learner": learner.state(), "position": asdict(position)}


class _Reporter:
    """Collects each step's results and looks at them only once the device has moved on."""

    def __init__(
        self, on_metrics: Callable[[Metrics], None], at: Position, train: Batches, config: RunConfig
    ) -> None:
        self._on_metrics = on_metrics
        self._at = at
        self._batch = min(config.batch_size, train.pictures)
        self._steps = len(train) * config.epochs
        self._limit = EXPLODED * math.log(config.model.num_classes)
        self._new: list[tuple[int, float, Tensor]] = []
        self._old: list[tuple[int, float, Tensor]] = []
        self._since = time.perf_counter()

    def add(self, step: int, lr: float, results: Tensor) -> None:
        self._new.append((step, lr, results))
        if time.perf_counter() - self._since >= REPORT_EVERY:
            self._report(self._old)
            self._old, self._new = self._new, []

    def flush(self) -> None:
        self._report(self._old + self._new)
        self._old, self._new = [], []

    def _report(self, rows: list[tuple[int, float, Tensor]]) -> None:
        now = time.perf_counter()
        speed = self._batch * len(self._new) / max(now - self._since, 1e-9)
        self._since = now
        if not rows:
            return
        figures = torch.stack([results for _, _, results in rows]).tolist()
        for (step, lr, _), (loss, top1, top5) in zip(rows, figures, strict=True):
            if not math.isfinite(loss) or loss > self._limit:
                raise DivergedError(step, loss)
            sums = zip(self._at.totals, (loss * self._batch, top1, top5), strict=True)
            self._at.totals = [total + value for total, value in sums]
            self._on_metrics(
                StepMetrics(
                    step=step,
                    steps=self._steps,
                    epoch=self._at.epoch,
                    train_loss=loss,
                    train_top1=top1 / self._batch,
                    lr=lr,
                    images_per_second=speed,
                )
            )


def _epoch_metrics(
    config: RunConfig,
    data: TrainingData,
    learner: Learner,
    at: Position,
    accuracy: Accuracy | None,
    batches_per_second: float,
) -> EpochMetrics:
    batch = min(config.batch_size, data.train.pictures)
    seen = len(data.train) * batch
    loss, top1, top5 = (total / seen for total in at.totals)
    mean_seconds = sum(at.epoch_seconds) / len(at.epoch_seconds)
    return EpochMetrics(
        epoch=at.epoch,
        step=learner.step,
        train_loss=loss,
        train_top1=top1,
        train_top5=top5,
        validation_loss=None if accuracy is None else accuracy.loss,
        validation_top1=None if accuracy is None else accuracy.top1,
        validation_top5=None if accuracy is None else accuracy.top5,
        lr=learner.lr,
        images_per_second=batches_per_second * batch,
        seconds=at.epoch_seconds[-1],
        seconds_left=mean_seconds * (config.epochs - at.epoch),
    )


def _better(accuracy: Accuracy, at: Position) -> bool:
    """Higher top-1, or the same with a lower loss: small validation splits tie often."""
    return (accuracy.top1, -accuracy.loss) > (at.best_top1, -at.best_loss)


def _result(reason: Literal["finished", "stopped", "early"], at: Position) -> TrainingResult:
    return TrainingResult(reason, at.best_epoch, at.best_top1 if at.best_top1 >= 0 else None)
