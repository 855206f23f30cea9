"""What lies where in the folder of a run. No other module knows these names.

``runs/ID`` of the lab's home holds::

    config.json             what the run was asked to do
    pointers.json           its last and best epoch, and where it was interrupted
    history.json            the figures of every finished epoch
    checkpoints/epoch-001   weights, card and what going on needs, after an epoch
    checkpoints/interrupted-00000042    the same in the middle of one, by step
    epochs/00001.npz        what an epoch left behind beside its weights
    epochs/pinned.npz       the pictures that those are about
    result                  the best epoch's network with its final card
    alive.lock, exit.json, slot.json, log.txt   of its worker
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alexnet_core import files, home
from alexnet_core.errors import CheckpointError, UnknownNameError

LOCK, EXIT, LOG = "alive.lock", "exit.json", "log.txt"
"""Held by its worker; how that ended; what it printed."""

SLOT = "slot.json"
"""Which place of the machine it was given."""

_RUNS = "runs"
_CONFIG, _POINTERS, _HISTORY = "config.json", "pointers.json", "history.json"
_CHECKPOINTS, _RECORDS, _RESULT = "checkpoints", "epochs", "result"
_EPOCH, _INTERRUPTED, _PINNED = "epoch-", "interrupted-", "pinned.npz"

_NAME = re.compile(r"[\w-][\w.-]*")
_NUMBER = re.compile(r"[0-9]{1,6}")


def root() -> Path:
    """The folder of all runs, which exists and can be written.

    Raises:
        HomeError: it can't be created or written.
    """
    return home.folder(_RUNS)


def of(run: str) -> Path:
    """The folder of a run, which may not exist yet."""
    return home.home() / _RUNS / run


def begun() -> tuple[str, ...]:
    """The runs that have something to go on from, the latest first."""
    found = (home.home() / _RUNS).glob(f"*/{_POINTERS}")
    return tuple(sorted((path.parent.name for path in found), reverse=True))


def weights(name: str) -> Path:
    """The folder of the weights that ``ID`` or ``ID@EPOCH`` means right now.

    Raises:
        UnknownNameError: no such run, or it kept no such epoch.
        CheckpointError: no epoch of it has ended yet.
    """
    run, _, epoch = name.partition("@")
    path = of(run)
    if not _NAME.fullmatch(run) or not has_begun(path):
        raise UnknownNameError("run", run, sorted(begun()))
    if not epoch and result(path).is_dir():
        return result(path)
    wanted = epoch or str(pointers(path).get("best", ""))
    if not wanted:
        raise CheckpointError(f"Run {run} has no finished epoch to load.")
    found = checkpoint(path, int(wanted)) if _NUMBER.fullmatch(wanted) else None
    if found is None or not found.is_dir():
        kept = ", ".join(map(str, kept_epochs(path)))
        raise UnknownNameError("epoch", wanted, [kept] if kept else [])
    return found


def write_config(path: Path, text: str) -> None:
    """Write what the run was asked to do."""
    _write(path / _CONFIG, text)


def has_begun(path: Path) -> bool:
    """Whether the run has something to go on from."""
    return (path / _POINTERS).is_file()


def read_pointers(path: Path) -> dict[str, Any]:
    """Which checkpoints have a name: ``last`` and ``best`` are epochs, ``interrupted`` a folder.

    Raises:
        OSError, ValueError: they can't be read.
    """
    found = json.loads((path / _POINTERS).read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path / _POINTERS} holds no object.")
    return found


def pointers(path: Path) -> dict[str, Any]:
    """As `read_pointers`; empty where they can't be read."""
    try:
        return read_pointers(path)
    except (OSError, ValueError):
        # One damaged run must not hide the others in a list.
        return {}


def write_pointers(path: Path, pointers: Mapping[str, Any]) -> None:
    """Replace the pointers; what they name must be there."""
    _write(path / _POINTERS, json.dumps(pointers))


def history(path: Path) -> list[dict[str, Any]]:
    """The figures of every finished epoch, in order; none before the first."""
    found = path / _HISTORY
    return list(json.loads(found.read_text(encoding="utf-8"))) if found.is_file() else []


def write_history(path: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Replace the figures of all epochs."""
    _write(path / _HISTORY, json.dumps(history, indent=1))


def checkpoints(path: Path) -> Path:
    """The folder of all its checkpoints."""
    return path / _CHECKPOINTS


def checkpoint(path: Path, epoch: int) -> Path:
    """The folder of an epoch's checkpoint, which may not be there."""
    return path / _CHECKPOINTS / f"{_EPOCH}{epoch:03}"


def kept_epochs(path: Path) -> list[int]:
    """The epochs of a run whose checkpoint is there, in order."""
    found = (path / _CHECKPOINTS).glob(f"{_EPOCH}*")
    return sorted(int(kept.name.removeprefix(_EPOCH)) for kept in found)


def interrupted(path: Path, step: int) -> Path:
    """The folder of a checkpoint after so many steps, in the middle of an epoch."""
    return path / _CHECKPOINTS / f"{_INTERRUPTED}{step:08}"


def all_interrupted(path: Path) -> Iterator[Path]:
    """Every checkpoint in the middle of an epoch."""
    return (path / _CHECKPOINTS).glob(f"{_INTERRUPTED}*")


def pointed_at(path: Path, pointers: Mapping[str, Any]) -> Path | None:
    """The checkpoint that these pointers go on from, which may be gone; None without one."""
    if pointers.get("interrupted"):
        return path / _CHECKPOINTS / str(pointers["interrupted"])
    return checkpoint(path, pointers["last"]) if "last" in pointers else None


def newest(path: Path) -> Path | None:
    """The checkpoint that a run in ``path`` would go on from; None without one."""
    found = pointed_at(path, pointers(path))
    return found if found is not None and found.is_dir() else None


def result(path: Path) -> Path:
    """The folder of the best epoch's network with its final card, once the run has ended."""
    return path / _RESULT


def records(path: Path) -> Path:
    """The folder of what every epoch left behind beside its weights."""
    return path / _RECORDS


def record(path: Path, epoch: int) -> Path:
    """The file of what an epoch left behind."""
    return path / _RECORDS / f"{epoch:05}.npz"


def pinned(path: Path) -> Path:
    """The file of the pictures that the records answer."""
    return path / _RECORDS / _PINNED


def recorded_epochs(path: Path) -> list[int]:
    """The epochs that left a record, in order."""
    return sorted(int(found.stem) for found in (path / _RECORDS).glob("[0-9]*.npz"))


def _write(path: Path, text: str) -> None:
    with files.replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
