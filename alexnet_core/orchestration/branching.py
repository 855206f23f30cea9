"""A run that goes on from an epoch of another one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alexnet_core import files
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.runs import run_folder
from alexnet_core.training.config import RunConfig

_FIXED = (
    "dataset",
    "model",
    "batch_size",
    "limit",
    "validation_percent",
    "optimizer",
    "ema_decay",
    "start_from",
    "freeze_features",
)
"""What a branch can't change: what was learned belongs to it."""


def check(config: RunConfig, epoch: int, changes: Mapping[str, Any]) -> RunConfig:
    """The config of a branch.

    Raises:
        ConfigError: a change is not allowed or does not fit what was learned.
    """
    for name, value in changes.items():
        if name != "model.dropout" and name.partition(".")[0] in _FIXED:
            raise ConfigError(name, value, "what the run has; clone it to change that")
    changed = config.replace(**changes)
    if changed.epochs <= epoch:
        raise ConfigError("epochs", changed.epochs, f"more than {epoch}, where the branch begins")
    return changed


def steps(run: str, epoch: int) -> int:
    """The last step of an epoch.

    Raises:
        UnknownNameError: the checkpoint of that epoch was not kept.
    """
    path = run_folder.of(run)
    kept = run_folder.kept_epochs(path)
    if epoch not in kept:
        raise UnknownNameError("epoch", str(epoch), map(str, kept))
    return next(int(past["step"]) for past in _history(path) if past["epoch"] == epoch)


def copy(run: str, epoch: int, branch: str) -> None:
    """Give a branch its own copy of all that it goes on from.

    Raises:
        DiskFullError, HomeError: it can't be written.
    """
    source, target = run_folder.of(run), run_folder.of(branch)
    history = [past for past in _history(source) if past["epoch"] <= epoch]
    kept = [kept for kept in run_folder.kept_epochs(source) if kept <= epoch]
    best = max(
        (past for past in history if past["epoch"] in kept),
        key=lambda past: (past["validation_top1"] or 0.0, past["epoch"]),
    )["epoch"]
    for wanted in {best, epoch}:
        name = run_folder.epoch_name(wanted)
        with files.new_folder(target / "checkpoints" / name) as temporary:
            shutil.copytree(source / "checkpoints" / name, temporary, dirs_exist_ok=True)
    (target / "epochs").mkdir(exist_ok=True)
    for record in (source / "epochs").glob("*.npz"):
        if record.stem == "pinned" or int(record.stem) <= epoch:
            shutil.copy2(record, target / "epochs")
    _write(target / "history.json", history)
    # Last of all: a folder without pointers is one of a run that has not begun.
    _write(target / "pointers.json", {"last": epoch, "best": best})


def _history(path: Path) -> list[dict[str, Any]]:
    found = path / "history.json"
    return list(json.loads(found.read_text(encoding="utf-8"))) if found.is_file() else []


def _write(path: Path, value: object) -> None:
    with files.replacing(path) as temporary:
        temporary.write_text(json.dumps(value), encoding="utf-8")
