"""What a run reports while it trains."""

from __future__ import annotations

from dataclasses import dataclass


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
    images_per_second: float
    """Training pictures a second, without validation."""
    seconds: float
    """The epoch with its validation."""
    seconds_left: float
    """Epochs to go times the mean of the epochs so far."""


Metrics = StepMetrics | EpochMetrics
