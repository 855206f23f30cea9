"""Joins the trainer and the store: figures go out, requests and edits come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alexnet_core.orchestration.store_watcher import StoreWatcher
from alexnet_core.runs.log import MetricLog
from alexnet_core.training.callbacks import FinishedEpoch, TrainingCallback
from alexnet_core.training.config import RunConfig
from alexnet_core.training.learner import TrainingState
from alexnet_core.training.metrics import Metrics, StepMetrics


class StoreCallback(TrainingCallback):
    """Fills the log of one run, and lets the store steer it.

    Args:
        log: where to.
        watcher: brings edits, and is told where the run stands.
        batch_size: pictures a step, for the time left.
        should_stop: whether somebody asked for the end.
    """

    def __init__(
        self,
        log: MetricLog,
        watcher: StoreWatcher,
        batch_size: int,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._log, self._watcher, self._batch = log, watcher, batch_size
        self._should_stop = should_stop

    def on_note(self, sentence: str) -> None:
        """Into the worker's log."""
        print(sentence)

    def should_stop(self) -> bool:
        """What the worker was asked."""
        return self._should_stop()

    def revise(self, step: int, config: RunConfig) -> RunConfig:
        """The config with every edit that has come in."""
        return self._watcher.revise(step, config)

    def before_checkpoint(self) -> None:
        """The figures that it covers are stored first."""
        self._log.flush()

    def on_decode(self, done: int, total: int) -> None:
        """Pictures that were decoded for the first time."""
        self._log.progress({"reason": f"Reading pictures: {done:,} of {total:,}."})

    def on_resume(self, state: TrainingState) -> None:
        """The best epoch so far: a process killed right after its checkpoint may not have told."""
        at = state.position
        if at.best_epoch:
            best = at.best_top1 if at.best_top1 >= 0 else None
            self._log.progress({"best_epoch": at.best_epoch, "best_validation_top1": best})

    def on_metrics(self, metrics: Metrics) -> None:
        """A step or an epoch."""
        figures: dict[str, float | None]
        if isinstance(metrics, StepMetrics):
            figures = {
                "train/loss": metrics.train_loss,
                "train/top1": metrics.train_top1,
                "lr": metrics.lr,
                "images_per_second": metrics.images_per_second,
            }
            left = (metrics.steps - metrics.step) * self._batch
            progress: dict[str, Any] = {
                "epoch": metrics.epoch,
                "epochs": metrics.epochs,
                "step": metrics.step,
                "steps": metrics.steps,
                "train_loss": metrics.train_loss,
                "images_per_second": metrics.images_per_second,
                "seconds_left": left / max(metrics.images_per_second, 1e-9),
                "reason": "",
            }
            self._log.progress(progress)
        else:
            figures = {
                "train/epoch_loss": metrics.train_loss,
                "train/epoch_top1": metrics.train_top1,
                "validation/loss": metrics.validation_loss,
                "validation/top1": metrics.validation_top1,
                "validation/top5": metrics.validation_top5,
                "epoch_seconds": metrics.seconds,
            }
        self._watcher.step, self._watcher.epoch = metrics.step, metrics.epoch
        for name, value in figures.items():
            if value is not None:
                self._log.add(name, step=metrics.step, epoch=metrics.epoch, value=value)

    def on_epoch(self, finished: FinishedEpoch, state: TrainingState) -> None:
        """An epoch whose checkpoint is there: what died before does not count any more."""
        fields: dict[str, Any] = {"crashes": 0, "seconds_left": finished.metrics.seconds_left}
        if finished.is_best:
            fields["best_epoch"] = finished.metrics.epoch
            fields["best_validation_top1"] = finished.metrics.validation_top1
        self._log.progress(fields)
