"""What lies where in the folder of a run."""

from __future__ import annotations

import json
from pathlib import Path

from alexnet_core import home

EPOCH, INTERRUPTED = "epoch-", "interrupted-"
LOCK, EXIT, LOG = "alive.lock", "exit.json", "log.txt"
"""Held by its worker; how that ended; what it printed."""


def of(run: str) -> Path:
    """The folder of a run, which may not exist yet."""
    return home.home() / "runs" / run


def newest(path: Path) -> Path | None:
    """The checkpoint that a run in ``path`` would go on from; None without one."""
    try:
        found = json.loads((path / "pointers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = found.get("interrupted") or (epoch_name(found["last"]) if "last" in found else None)
    checkpoint = path / "checkpoints" / str(name)
    return checkpoint if name and checkpoint.is_dir() else None


def kept_epochs(path: Path) -> list[int]:
    """The epochs of a run whose checkpoint is there, in order."""
    found = (path / "checkpoints").glob(f"{EPOCH}*")
    return sorted(int(kept.name.removeprefix(EPOCH)) for kept in found)


def epoch_name(epoch: int) -> str:
    """The folder of an epoch's checkpoint, below ``checkpoints``."""
    return f"{EPOCH}{epoch:03}"
