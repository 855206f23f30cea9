"""Which folder of weights the name of a run means."""

from __future__ import annotations

import json
import re
from pathlib import Path

from alexnet_core import home
from alexnet_core.errors import CheckpointError, UnknownNameError

_NAME = re.compile(r"[\w-][\w.-]*")
_EPOCH = re.compile(r"[0-9]{1,6}")


def folder(name: str) -> Path:
    """The folder of the weights that ``ID`` or ``ID@EPOCH`` means right now.

    Raises:
        UnknownNameError: no such run, or it kept no such epoch.
        CheckpointError: no epoch of it has ended yet.
    """
    run, _, epoch = name.partition("@")
    path = home.home() / "runs" / run
    if not _NAME.fullmatch(run) or not (path / "pointers.json").is_file():
        runs = sorted((home.home() / "runs").glob("*/pointers.json"))
        raise UnknownNameError("run", run, [path.parent.name for path in runs])
    if not epoch and (path / "result").is_dir():
        return path / "result"
    epochs = path / "checkpoints"
    wanted = epoch or str(pointers(path).get("best", ""))
    if not wanted:
        raise CheckpointError(f"Run {run} has no finished epoch to load.")
    found = epochs / f"epoch-{wanted:0>3}"
    if not _EPOCH.fullmatch(wanted) or not found.is_dir():
        kept = ", ".join(str(int(path.name[6:])) for path in sorted(epochs.glob("epoch-*")))
        raise UnknownNameError("epoch", wanted, [kept] if kept else [])
    return found


def pointers(folder: Path) -> dict[str, object]:
    """Which epochs of a run have a name, such as ``best``; empty where that can't be read."""
    try:
        found = json.loads((folder / "pointers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # One damaged run must not hide the others in a list.
        return {}
    return found if isinstance(found, dict) else {}
