"""A run that goes on from an epoch of another one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
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
    history = run_folder.history(path)
    return next(int(past["step"]) for past in history if past["epoch"] == epoch)


def copy(run: str, epoch: int, branch: str) -> None:
    """Give a branch its own copy of all that it goes on from.

    Raises:
        DiskFullError, HomeError: it can't be written.
    """
    source, target = run_folder.of(run), run_folder.of(branch)
    history = [past for past in run_folder.history(source) if past["epoch"] <= epoch]
    kept = [kept for kept in run_folder.kept_epochs(source) if kept <= epoch]
    best = max(
        (past for past in history if past["epoch"] in kept),
        key=lambda past: (past["validation_top1"] or 0.0, past["epoch"]),
    )["epoch"]
    for wanted in {best, epoch}:
        with files.new_folder(run_folder.checkpoint(target, wanted)) as temporary:
            old = run_folder.checkpoint(source, wanted)
            shutil.copytree(old, temporary, dirs_exist_ok=True)
    records = run_folder.records(target)
    records.mkdir(exist_ok=True)
    if run_folder.pinned(source).is_file():
        shutil.copy2(run_folder.pinned(source), records)
    for recorded in run_folder.recorded_epochs(source):
        if recorded <= epoch:
            shutil.copy2(run_folder.record(source, recorded), records)
    run_folder.write_history(target, history)
    # Last of all: a folder without pointers is one of a run that has not begun.
    run_folder.write_pointers(target, {"last": epoch, "best": best})
