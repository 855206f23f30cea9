"""What the store knows of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Whether a worker process should exist."""
        return self in (RunStatus.RUNNING, RunStatus.PAUSING, RunStatus.STOPPING)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens unless a person asks for it."""
        return self in (RunStatus.STOPPED, RunStatus.FINISHED, RunStatus.FAILED)


class Request(StrEnum):
    """What a person last asked of a run; `RunStatus` says what became of it."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run. Times are seconds since 1970, accuracies shares from 0 to 1."""

    id: str
    lab: str
    """Which home holds its folder: a database may serve several labs."""
    status: RunStatus = RunStatus.QUEUED
    requested: Request = Request.RUN
    recipe: str
    dataset: str
    config: Mapping[str, Any]
    """The `RunConfig` that it began with, as JSON."""
    command: str = ""
    """What a person would type for the same run."""
    owner: str = ""
    """Who asked for it; one person's runs do not take all slots."""
    priority: int = 0
    """Higher goes first in the queue; then the older."""
    group: str = ""
    """The sweep that it belongs to, or nothing."""
    tags: tuple[str, ...] = ()
    notes: str = ""
    parent: str = ""
    """The run that it was cloned or branched from, or nothing."""
    parent_epoch: int = 0
    """The epoch that it branched from; 0 for a clone, which starts anew."""
    created: float
    started: float | None = None
    ended: float | None = None
    heartbeat: float | None = None
    """When its worker last wrote."""
    host: str = ""
    device: str = ""
    """Device and precision in words."""
    attempts: int = 0
    """How often a worker process was started for it."""
    crashes: int = 0
    """Deaths since its last finished epoch."""
    reason: str = ""
    """Why it failed or waits, as a sentence."""
    epoch: int = 0
    """The epoch it is in, from 1; 0 before the first step."""
    epochs: int = 0
    step: int = 0
    steps: int = 0
    """Steps of the whole run; 0 until the data are counted."""
    train_loss: float | None = None
    images_per_second: float | None = None
    seconds_left: float | None = None
    best_epoch: int = 0
    best_validation_top1: float | None = None
    test_top1: float | None = None


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of settings while a run goes on: requested, then applied at a step."""

    run: str
    number: int
    """Counted from 1 within the run."""
    settings: Mapping[str, Any]
    """New values of ``lr``, ``epochs`` or ``early_stopping``."""
    requested: float
    step: int | None = None
    """The step from which it holds; None until the worker took it up."""


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One figure of a run; (run, name, step) is unique."""

    name: str
    step: int
    epoch: int
    value: float
    time: float


@dataclass(frozen=True)
class Series:
    """The points of one figure in order of step; four lists of the same length."""

    step: list[int] = field(default_factory=list)
    epoch: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    time: list[float] = field(default_factory=list)
