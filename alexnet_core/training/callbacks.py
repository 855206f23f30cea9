"""What a run says while it trains, and what it asks: one protocol for whoever listens."""

from __future__ import annotations

from dataclasses import dataclass

from alexnet_core.evaluation.validate import Accuracy
from alexnet_core.training.config import RunConfig
from alexnet_core.training.learner import TrainingState
from alexnet_core.training.metrics import EpochMetrics, Metrics


@dataclass(frozen=True)
class FinishedEpoch:
    """One epoch of a run and what was measured at its end."""

    metrics: EpochMetrics
    is_best: bool
    """Whether it is the best so far."""
    accuracy: Accuracy | None
    """On the validation split, where there is one."""


class TrainingCallback:
    """Every method does nothing, so that a listener has only those that it needs.

    The order of a run: `on_decode` while its pictures are read, `on_resume` where it goes on from a
    checkpoint, then for every step `should_stop` and `revise`; `on_metrics` for steps and epochs;
    before each checkpoint `before_checkpoint`, then `on_interruption` in the middle of an epoch or
    `on_epoch` at its end.
    """

    def on_note(self, sentence: str) -> None:
        """Hear of something that a person should know, such as a damaged checkpoint."""

    def on_decode(self, done: int, total: int) -> None:
        """Hear how many pictures were decoded for the first time, of how many."""

    def on_resume(self, state: TrainingState) -> None:
        """Hear where a run stands that goes on from a checkpoint."""

    def on_metrics(self, metrics: Metrics) -> None:
        """Take the figures of a step or an epoch.

        Steps come a little late: none waits for the device to finish the one before.
        """

    def should_stop(self) -> bool:
        """Answer before each step whether the run is saved and ends here."""
        return False

    def revise(self, step: int, config: RunConfig) -> RunConfig:
        """Answer before each step with the config that holds from this step on.

        It may differ in ``lr``, ``epochs`` and ``early_stopping``.
        """
        return config

    def before_checkpoint(self) -> None:
        """Store what the next checkpoint covers, so that a crash loses only what is done again."""

    def on_interruption(self, state: TrainingState) -> None:
        """Keep what going on needs, in the middle of an epoch."""

    def on_epoch(self, finished: FinishedEpoch, state: TrainingState) -> None:
        """Keep what an epoch came to."""


class Callbacks(TrainingCallback):
    """Several listeners as one, in their order: each sees what those before it have done."""

    def __init__(self, *callbacks: TrainingCallback) -> None:
        self._callbacks = callbacks

    def on_note(self, sentence: str) -> None:
        """Pass it on."""
        for callback in self._callbacks:
            callback.on_note(sentence)

    def on_decode(self, done: int, total: int) -> None:
        """Pass it on."""
        for callback in self._callbacks:
            callback.on_decode(done, total)

    def on_resume(self, state: TrainingState) -> None:
        """Pass it on."""
        for callback in self._callbacks:
            callback.on_resume(state)

    def on_metrics(self, metrics: Metrics) -> None:
        """Pass them on."""
        for callback in self._callbacks:
            callback.on_metrics(metrics)

    def should_stop(self) -> bool:
        """Whether any of them wants the end; all are asked."""
        wishes = [callback.should_stop() for callback in self._callbacks]
        return any(wishes)

    def revise(self, step: int, config: RunConfig) -> RunConfig:
        """What the last of them makes of what those before it made."""
        for callback in self._callbacks:
            config = callback.revise(step, config)
        return config

    def before_checkpoint(self) -> None:
        """Pass it on."""
        for callback in self._callbacks:
            callback.before_checkpoint()

    def on_interruption(self, state: TrainingState) -> None:
        """Pass it on."""
        for callback in self._callbacks:
            callback.on_interruption(state)

    def on_epoch(self, finished: FinishedEpoch, state: TrainingState) -> None:
        """Pass it on."""
        for callback in self._callbacks:
            callback.on_epoch(finished, state)
