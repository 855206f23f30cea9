"""The training loop, from top to bottom."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch

from alexnet_core import devices
from alexnet_core.data.batches import Batches
from alexnet_core.evaluation.validate import Accuracy, validate
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.training.callbacks import FinishedEpoch, TrainingCallback
from alexnet_core.training.config import RunConfig
from alexnet_core.training.distributed import Decision, Distributed
from alexnet_core.training.learner import Learner, Position, TrainingState
from alexnet_core.training.metrics import EpochMetrics, StepReporter

SAVE_EVERY = 300.0
"""Seconds between two checkpoints in the middle of a long epoch."""


@dataclass(frozen=True)
class TrainingData:
    """The two splits that a run sees; no validation split where nothing was set apart."""

    train: Batches
    validation: Batches | None


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
    callback: TrainingCallback | None = None,
    save_every: float = SAVE_EVERY,
    resume: Mapping[str, Any] | None = None,
    distributed: Distributed | None = None,
) -> TrainingResult:
    """Train a network.

    Args:
        config: the run.
        data: its pictures.
        network: with the weights to start from; trained in place.
        callback: hears of every step and epoch, and may stop the run or change its settings.
        save_every: seconds between two calls of `TrainingCallback.on_interruption`: so much work
            at most is lost with a killed process.
        resume: what `TrainingState.snapshot` made; the run goes on exactly from there.
        distributed: the processes that share the run. All of them call this; what the main
            process's callback decides and its validation hold in all of them.

    Raises:
        DivergedError: the loss became NaN or exploded. The checkpoints of earlier epochs stand.
        ConfigError: there is no such device or precision here.
    """
    plan = devices.plan(config.device, config.precision, config.compile)
    callback, distributed = callback or TrainingCallback(), distributed or Distributed()
    learner = Learner(network, config, plan, len(data.train), distributed)
    torch.manual_seed(config.seed)
    if resume is None:
        state = TrainingState(learner, Position())
    else:
        state = TrainingState.resumed(learner, resume)
        callback.on_resume(state)
    return _Loop(data, state, callback, save_every, distributed).run()


class _Loop:
    def __init__(
        self,
        data: TrainingData,
        state: TrainingState,
        callback: TrainingCallback,
        save_every: float,
        distributed: Distributed,
    ) -> None:
        self._data, self._state, self._callback = data, state, callback
        self._save_every, self._distributed = save_every, distributed
        self._learner, self._at = state.learner, state.position
        self._lr = state.learner.lr

    def run(self) -> TrainingResult:
        while self._at.epoch <= self._learner.config.epochs:
            started, first_batch = time.perf_counter(), self._at.batch
            if not self._train_epoch():
                return self._result("stopped")
            speed = (self._at.batch - first_batch) / (time.perf_counter() - started)
            accuracy = self._validate()
            self._at.epoch_seconds.append(time.perf_counter() - started)
            finished = self._finish_epoch(accuracy, speed)
            patience = self._learner.config.early_stopping
            if patience is not None and finished.metrics.epoch - self._at.best_epoch >= patience:
                return self._result("early")
        return self._result("finished")

    def _train_epoch(self) -> bool:
        """Every batch of the epoch that is left; False if the run is to stop before its end."""
        learner, at = self._learner, self._at
        learner.train_mode()
        reporter = StepReporter(self._callback.on_metrics, self._state, self._data.train)
        saved = time.perf_counter()
        for batch in self._data.train.epoch(at.epoch, at.batch, learner.config.size_of(at.epoch)):
            decision = self._decide(time.perf_counter() - saved)
            if decision.save:
                reporter.flush()
                self._callback.before_checkpoint()
                self._callback.on_interruption(self._state)
                saved = time.perf_counter()
            if decision.stop:
                return False
            learner.config = decision.config
            self._lr = learner.lr
            reporter.add(learner.step + 1, self._lr, learner.learn(batch))
            at.batch += 1
        reporter.flush()
        return True

    def _decide(self, unsaved_seconds: float) -> Decision:
        """What holds for the next step, in every process."""
        config = self._learner.config
        stop = self._callback.should_stop()
        wanted = config if stop else self._callback.revise(self._learner.step + 1, config)
        save = stop or unsaved_seconds > self._save_every
        return self._distributed.agree(Decision(stop, save, wanted), config)

    def _validate(self) -> Accuracy | None:
        """The main process's validation, in every process; None without a validation split."""
        if self._data.validation is None:
            return None
        accuracy = None
        if self._distributed.is_main:
            network, plan = self._learner.best_network, self._learner.plan
            accuracy = validate(network, self._data.validation, plan)
        return self._distributed.broadcast(accuracy)

    def _finish_epoch(self, accuracy: Accuracy | None, batches_per_second: float) -> FinishedEpoch:
        """Let the schedule and the position move on, then say what the epoch came to."""
        if accuracy is not None:
            self._learner.plateau.observe(accuracy.loss)
        metrics = self._epoch_metrics(accuracy, batches_per_second)
        finished = FinishedEpoch(metrics, self._at.observe(accuracy), accuracy)
        self._at.next_epoch()
        self._callback.on_metrics(metrics)
        self._callback.before_checkpoint()
        self._callback.on_epoch(finished, self._state)
        return finished

    def _epoch_metrics(self, accuracy: Accuracy | None, batches_per_second: float) -> EpochMetrics:
        config, at, train = self._learner.config, self._at, self._data.train
        batch = min(config.batch_size, train.pictures)
        loss, top1, top5 = (total / (len(train) * batch) for total in at.totals)
        mean_seconds = sum(at.epoch_seconds) / len(at.epoch_seconds)
        return EpochMetrics(
            epoch=at.epoch,
            step=self._learner.step,
            train_loss=loss,
            train_top1=top1,
            train_top5=top5,
            validation_loss=None if accuracy is None else accuracy.loss,
            validation_top1=None if accuracy is None else accuracy.top1,
            validation_top5=None if accuracy is None else accuracy.top5,
            # Of its last step: by now the schedule stands at the next epoch's.
            lr=self._lr,
            images_per_second=batches_per_second * batch,
            seconds=at.epoch_seconds[-1],
            seconds_left=mean_seconds * (config.epochs - at.epoch),
        )

    def _result(self, reason: Literal["finished", "stopped", "early"]) -> TrainingResult:
        best = self._at.best_top1
        return TrainingResult(reason, self._at.best_epoch, best if best >= 0 else None)
