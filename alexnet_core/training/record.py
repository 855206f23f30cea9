"""The folder of a run: config, history, checkpoints, result."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import torch

from alexnet_core import files, home
from alexnet_core.data.datasets import DatasetCard
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import TrainingError
from alexnet_core.models import checkpoint
from alexnet_core.training.config import RunConfig
from alexnet_core.training.learner import Learner
from alexnet_core.training.metrics import EpochMetrics
from alexnet_core.training.trainer import Position, snapshot


class Record:
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
        self.folder = home.folder("runs") / run
        self.checkpoints = self.folder / "checkpoints"
        self.config, self.dataset = config, dataset
        self.transform, self.command = transform, command
        self.pointers: dict[str, Any] = {}
        self.history: list[dict[str, Any]] = []

    def create(self) -> None:
        """Begin the folder."""
        self._write("config.json", self.config.to_json())

    def load_resume(self) -> dict[str, Any]:
        """What the newest checkpoint says of going on."""
        pointers = self.folder / "pointers.json"
        if not pointers.is_file():
            raise TrainingError(f"Run {self.run} has no checkpoint to go on from; start it anew.")
        files.sweep(self.checkpoints)
        self.pointers = json.loads(pointers.read_text())
        history = self.folder / "history.json"
        self.history = json.loads(history.read_text()) if history.is_file() else []
        newest = self.checkpoints / (
            self.pointers.get("interrupted") or _epoch_name(self.pointers["last"])
        )
        # The card tells how the run began, not how it was taken up again.
        self.command = checkpoint.load_card(newest).command
        return checkpoint.load_resume(newest)

    @property
    def seconds(self) -> float:
        """Seconds that the epochs so far took, also before the run was taken up again."""
        return float(sum(metrics["seconds"] for metrics in self.history))

    def keep_epoch(
        self, metrics: EpochMetrics, is_best: bool, learner: Learner, position: Position
    ) -> None:
        """Publish the checkpoint of a finished epoch; the last and the best are kept."""
        self._save(_epoch_name(metrics.epoch), metrics, learner, position)
        self.pointers["last"] = metrics.epoch
        if is_best:
            self.pointers["best"] = metrics.epoch
        self.pointers.pop("interrupted", None)
        self.history.append(asdict(metrics))
        self._write("history.json", json.dumps(self.history, indent=1))
        self._point()

    def keep_interrupted(self, learner: Learner, position: Position) -> None:
        """Publish a checkpoint in mid-epoch."""
        name = f"interrupted-{learner.step:08}"
        if not (self.checkpoints / name).exists():
            self._save(name, None, learner, position)
        self.pointers["interrupted"] = name
        self._point()

    def keep_result(self, epoch: int, metrics: dict[str, float]) -> None:
        """Publish the best epoch's network with its final card as ``result``."""
        source = self.checkpoints / _epoch_name(epoch)
        card, weights = checkpoint.load(source)
        card = card.replace(metrics={**card.metrics, **metrics}, seconds=self.seconds)
        shutil.rmtree(self.folder / "result", ignore_errors=True)
        checkpoint.save(self.folder / "result", weights, card)

    def _save(
        self, name: str, metrics: EpochMetrics | None, learner: Learner, position: Position
    ) -> None:
        figures = {} if metrics is None else asdict(metrics)
        card = checkpoint.Card(
            model=self.config.model,
            categories=tuple(self.dataset.classes),
            transform=self.transform,
            metrics={key: value for key, value in figures.items() if value is not None},
            recipe=self.config.recipe,
            dataset=self.dataset.name,
            data_fingerprint=self.dataset.fingerprint,
            epoch=position.epoch if metrics is None else metrics.epoch,
            versions={
                "alexnet-lab": metadata.version("alexnet-lab"),
                "torch": torch.__version__,
                "python": platform.python_version(),
            },
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=self.command,
            config=json.loads(self.config.to_json()),
        )
        weights = learner.best_network.state_dict()
        checkpoint.save(self.checkpoints / name, weights, card, snapshot(learner, position))

    def _point(self) -> None:
        self._write("pointers.json", json.dumps(self.pointers))
        kept = {_epoch_name(self.pointers[key]) for key in ("last", "best") if key in self.pointers}
        kept.add(self.pointers.get("interrupted", ""))
        for old in self.checkpoints.iterdir():
            if old.name not in kept:
                shutil.rmtree(old)

    def _write(self, name: str, text: str) -> None:
        with files.replacing(self.folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _epoch_name(epoch: int) -> str:
    return f"epoch-{epoch:03}"
