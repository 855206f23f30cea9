"""What the trainer reports, as figures and fields of the store."""

from __future__ import annotations

from typing import Any

from alexnet_core.orchestration.control import Control
from alexnet_core.runs.log import MetricLog
from alexnet_core.training.metrics import Metrics, StepMetrics
from alexnet_core.training.trainer import FinishedEpoch


class Reporting:
    """Fills the log of one run.

    Args:
        log: where to.
        control: is told where the run stands.
        batch_size: pictures a step, for the time left.
    """

    def __init__(self, log: MetricLog, control: Control, batch_size: int) -> None:
        self._log, self._control, self._batch = log, control, batch_size

    def decoding(self, done: int, total: int) -> None:
        """Pictures that were decoded for the first time."""
        self._log.progress({"reason": f"Reading pictures: {done:,} of {total:,}."})

    def metrics(self, metrics: Metrics) -> None:
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
        self._control.step, self._control.epoch = metrics.step, metrics.epoch
        for name, value in figures.items():
            if value is not None:
                self._log.add(name, step=metrics.step, epoch=metrics.epoch, value=value)

    def epoch(self, finished: FinishedEpoch) -> None:
        """An epoch whose checkpoint is there: what died before does not count any more."""
        fields: dict[str, Any] = {"crashes": 0, "seconds_left": finished.metrics.seconds_left}
        if finished.is_best:
            fields["best_epoch"] = finished.metrics.epoch
            fields["best_validation_top1"] = finished.metrics.validation_top1
        self._log.progress(fields)
