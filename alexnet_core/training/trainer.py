"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

from alexnet_core import devices
from alexnet_core.data.batches import Batches
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.training.config import RunConfig
from alexnet_core.training.learner import Learner
from alexnet_core.training.metrics import EpochMetrics, Metrics
from alexnet_core.training.reporter import Position, Reporter
from alexnet_core.training.team import Order, Team
from alexnet_core.training.validation import Accuracy, validate

SAVE_EVERY = 300.0
"""Seconds between two checkpoints in the middle of a long epoch."""


@dataclass(frozen=True)
class TrainingData:
    """The two splits that a run sees; no validation split where nothing was set apart."""

    train: Batches
    validation: Batches | None


@dataclass(frozen=True)
class FinishedEpoch:
    """One epoch of a run and what was measured at its end."""

    metrics: EpochMetrics
    is_best: bool
    """Whether it is the best so far."""
    accuracy: Accuracy | None
    """On the validation split, where there is one."""


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
    revise: Callable[[int, RunConfig], RunConfig] = lambda step, config: config,
    on_epoch: Callable[[FinishedEpoch, Learner, Position], None] | None = None,
    on_save: Callable[[Learner, Position], None] | None = None,
    save_every: float = SAVE_EVERY,
    resume: Mapping[str, Any] | None = None,
    team: Team | None = None,
) -> TrainingResult:
    """Train a network.

    Args:
        config: the run.
        data: its pictures.
        network: with the weights to start from; trained in place.
        on_metrics: called with every step's and every epoch's figures, steps a little late: no
            step waits for the device to finish the one before.
        should_stop: asked before each step; on true the run ends after ``on_save``.
        revise: asked before each step, with its number and the config so far; what it answers
            holds from this step on. It may differ in ``lr``, ``epochs`` and ``early_stopping``.
        on_epoch: called after each epoch with its figures and what a checkpoint needs.
        on_save: called in mid-epoch, where a run stops and every ``save_every`` seconds, with
            what a checkpoint needs.
        save_every: so much work at most is lost with a killed process.
        resume: what `snapshot` made; the run goes on exactly from there.
        team: the processes that share the run. All of them call this; the leader's word holds in
            ``should_stop`` and ``revise``, and its validation.

    Raises:
        DivergedError: the loss became NaN or exploded. The checkpoints of earlier epochs stand.
        ConfigError: there is no such device or precision here.
    """
    plan = devices.plan(config.device, config.precision, config.compile)
    team = team or Team()
    learner = Learner(network, config, plan, len(data.train), team)
    at = Position()
    torch.manual_seed(config.seed)
    if resume is not None:
        learner.restore(resume["learner"])
        at = Position(**resume["position"])
    while at.epoch <= config.epochs:
        started, first_batch = time.perf_counter(), at.batch
        learner.train_mode()
        reporter = Reporter(on_metrics, at, data.train, learner)
        saved = time.perf_counter()
        for batch in data.train.epoch(at.epoch, at.batch, config.size_of(at.epoch)):
            stop = should_stop()
            wanted = config if stop else revise(learner.step + 1, config)
            due = stop or time.perf_counter() - saved > save_every
            order = team.ordered(Order(stop, due, wanted), config)
            if order.save:
                reporter.flush()
                if on_save is not None:
                    on_save(learner, at)
                saved = time.perf_counter()
            if order.stop:
                return _result("stopped", at)
            config = learner.config = order.config
            lr = learner.lr
            reporter.add(learner.step + 1, lr, learner.learn(batch))
            at.batch += 1
        reporter.flush()
        speed = (at.batch - first_batch) / (time.perf_counter() - started)
        accuracy = None
        if data.validation is not None:
            accuracy = team.shared(
                validate(learner.best_network, data.validation, plan) if team.leads else None
            )
        if accuracy is not None:
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
            on_epoch(FinishedEpoch(metrics, is_best, accuracy), learner, at)
        patience = config.early_stopping
        if patience is not None and metrics.epoch - at.best_epoch >= patience:
            return _result("early", at)
    return _result("finished", at)


def snapshot(learner: Learner, position: Position) -> dict[str, Any]:
    """All that `train` needs to go on exactly from here."""
    return {"learner": learner.state(), "position": asdict(position)}


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
