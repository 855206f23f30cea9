"""The folder of a run: config, history, checkpoints, result."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from alexnet_core import files
from alexnet_core.data.datasets import DatasetCard
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, DiskFullError
from alexnet_core.models import checkpoint
from alexnet_core.runs import run_folder
from alexnet_core.training import checkpoint_retention
from alexnet_core.training.callbacks import FinishedEpoch, TrainingCallback
from alexnet_core.training.config import RunConfig
from alexnet_core.training.learner import TrainingState
from alexnet_core.training.metrics import EpochMetrics

SPARE = 32 * 2**20
"""Bytes that a checkpoint leaves free for what else is written."""


class RunRecord(TrainingCallback):
    """Writes what a run leaves behind; every file and folder appears whole or not at all."""

    def __init__(
        self,
        run: str,
        config: RunConfig,
        dataset: DatasetCard,
        transform: Transform,
        command: str,
    ) -> None:
        self.run = run
        self.folder = run_folder.root() / run
        self.config, self.dataset = config, dataset
        self.transform, self.command = transform, command
        self.pointers: dict[str, Any] = {}
        self.history: list[dict[str, Any]] = []

    def create(self) -> None:
        """Begin the folder."""
        self.pointers, self.history = {}, []
        run_folder.write_config(self.folder, self.config.to_json())

    def load_resume(self) -> tuple[dict[str, Any] | None, str]:
        """What the newest checkpoint says of going on, and a sentence if it is not the last.

        A damaged one is removed, and the one before it counts. None where there is none.
        """
        files.sweep(self.folder)
        files.sweep(run_folder.checkpoints(self.folder))
        if not run_folder.has_begun(self.folder):
            return None, ""
        self.pointers = run_folder.read_pointers(self.folder)
        self.history = run_folder.history(self.folder)
        said = ""
        while (newest := run_folder.pointed_at(self.folder, self.pointers)) is not None:
            try:
                state = checkpoint.load_resume(newest)
                # The card tells how the run began, not how it was taken up again.
                self.command = checkpoint.load_card(newest).command
            except CheckpointError as error:
                said = f"{error} The run goes on from the checkpoint before it."
                self._forget(newest)
            else:
                self._settle_best(state["position"])
                return state, said
        return None, said.replace("from the checkpoint before it", "from its beginning")

    def _settle_best(self, position: dict[str, Any]) -> None:
        """Where the best epoch's checkpoint is gone, the best that is left takes its place."""
        kept = run_folder.kept_epochs(self.folder)
        if not kept or position["best_epoch"] in kept:
            return
        best = self._best(kept)
        figures = next(past for past in self.history if past["epoch"] == best)
        position["best_epoch"] = self.pointers["best"] = best
        if figures["validation_top1"] is not None:
            position["best_top1"] = figures["validation_top1"]
            position["best_loss"] = figures["validation_loss"]

    def _forget(self, damaged: Path) -> None:
        """Point at what is left once the newest checkpoint is gone."""
        shutil.rmtree(damaged, ignore_errors=True)
        if self.pointers.pop("interrupted", None) is None:
            del self.pointers["last"]
            kept = run_folder.kept_epochs(self.folder)
            self.history = [past for past in self.history if past["epoch"] <= max(kept, default=0)]
            if kept:
                self.pointers["last"] = kept[-1]
                self.pointers["best"] = self._best(kept)
        run_folder.write_pointers(self.folder, self.pointers)

    def _best(self, kept: list[int]) -> int:
        past = {metrics["epoch"]: metrics["validation_top1"] or 0.0 for metrics in self.history}
        return max(kept, key=lambda epoch: (past.get(epoch, 0.0), epoch))

    @property
    def seconds(self) -> float:
        """Seconds that the epochs so far took, also before the run was taken up again."""
        return float(sum(metrics["seconds"] for metrics in self.history))

    def on_epoch(self, finished: FinishedEpoch, state: TrainingState) -> None:
        """Publish the checkpoint of a finished epoch."""
        metrics = finished.metrics
        self._save(self._epoch(metrics.epoch), metrics, state)
        self.pointers["last"] = metrics.epoch
        if finished.is_best:
            self.pointers["best"] = metrics.epoch
        self.pointers.pop("interrupted", None)
        self.history = [past for past in self.history if past["epoch"] < metrics.epoch]
        self.history.append(asdict(metrics))
        run_folder.write_history(self.folder, self.history)
        self._point()

    def on_interruption(self, state: TrainingState) -> None:
        """Publish a checkpoint in mid-epoch."""
        path = run_folder.interrupted(self.folder, state.learner.step)
        if not path.exists():
            self._save(path, None, state)
        self.pointers["interrupted"] = path.name
        self._point()

    def keep_result(self, epoch: int, metrics: dict[str, float]) -> None:
        """Publish the best epoch's network with its final card as ``result``."""
        card, weights = checkpoint.load(self._epoch(epoch))
        card = card.replace(metrics={**card.metrics, **metrics}, seconds=self.seconds)
        result = run_folder.result(self.folder)
        shutil.rmtree(result, ignore_errors=True)
        checkpoint.save(result, weights, card)

    def _save(self, path: Path, metrics: EpochMetrics | None, state: TrainingState) -> None:
        figures = {} if metrics is None else asdict(metrics)
        card = checkpoint.Card(
            model=self.config.model,
            categories=tuple(self.dataset.classes),
            transform=self.transform,
            metrics={key: value for key, value in figures.items() if value is not None},
            recipe=self.config.recipe,
            dataset=self.dataset.name,
            data_fingerprint=self.dataset.fingerprint,
            epoch=state.position.epoch if metrics is None else metrics.epoch,
            versions={
                "alexnet-lab": metadata.version("alexnet-lab"),
                "torch": torch.__version__,
                "python": platform.python_version(),
            },
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=self.command,
            config=json.loads(self.config.to_json()),
        )
        weights = state.learner.best_network.state_dict()
        resume = state.snapshot()
        self._make_room(weights, resume)
        # What a killed process published but did not point at is made again.
        shutil.rmtree(path, ignore_errors=True)
        checkpoint.save(path, weights, card, resume)

    def _make_room(self, weights: dict[str, Tensor], resume: dict[str, Any]) -> None:
        """Fail before anything is written where the disk can't hold it."""
        learned = [*weights.values(), *_tensors(resume)]
        needed = sum(value.numel() * value.element_size() for value in learned)
        free = shutil.disk_usage(self.folder).free
        if free < needed + SPARE:
            raise DiskFullError(
                f"A checkpoint needs {(needed + SPARE) / 1e6:,.0f} MB, but the disk that holds "
                f"{self.folder} has {free / 1e6:,.0f} MB free."
            )

    def _point(self) -> None:
        run_folder.write_pointers(self.folder, self.pointers)
        pinned = {self.pointers[key] for key in ("last", "best") if key in self.pointers}
        sizes = {epoch: _size(self._epoch(epoch)) for epoch in run_folder.kept_epochs(self.folder)}
        for epoch in checkpoint_retention.surplus(
            sizes, pinned, every=self.config.keep_every, budget=self.config.keep_gb * 1e9
        ):
            shutil.rmtree(self._epoch(epoch))
        for old in run_folder.all_interrupted(self.folder):
            if old.name != self.pointers.get("interrupted"):
                shutil.rmtree(old)

    def _epoch(self, epoch: int) -> Path:
        return run_folder.checkpoint(self.folder, epoch)


def newest_card(path: Path) -> checkpoint.Card | None:
    """The card of the checkpoint that a run in ``path`` would go on from, if it can be read."""
    found = run_folder.newest(path)
    try:
        return None if found is None else checkpoint.load_card(found)
    except CheckpointError:
        return None


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _tensors(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _tensors(inner)
