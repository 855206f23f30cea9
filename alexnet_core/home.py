"""Where the lab keeps its things."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from uuid import uuid4

from platformdirs import user_data_path

from alexnet_core.errors import HomeError

VARIABLE = "ALEXNET_LAB_HOME"


def home() -> Path:
    """The lab's home: the folder named by ``ALEXNET_LAB_HOME``, else the user's data folder.

    Raises:
        HomeError: the user has no folder of their own and the variable names none.
    """
    chosen = os.environ.get(VARIABLE)
    try:
        if chosen:
            return Path(chosen).expanduser().resolve()
        # Without HOME and without an entry for the user this would be a folder named "~" here.
        Path.home()
    except RuntimeError as error:
        raise HomeError(
            f"This user has no home folder; set {VARIABLE} to a folder that can be written."
        ) from error
    return user_data_path("alexnet-lab", appauthor=False)


def folder(name: str) -> Path:
    """A folder of the home that exists and can be written.

    ``name`` is one of ``datasets``, ``downloads``, ``weights``, ``runs``.

    Raises:
        HomeError: it can't be created or written; the message says how to choose another home.
    """
    path = home() / name
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise HomeError(
            f"The lab's folder {path} can't be written ({error.strerror or error}); "
            f"set {VARIABLE} to a folder that can."
        ) from error
    return path


def lab() -> str:
    """The name of this home, made when it is first asked for; a moved home keeps it."""
    path = folder(".") / "lab-id"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(uuid4().hex)
    except FileExistsError:
        pass
    except OSError as error:
        raise HomeError(f"{path} can't be written ({error.strerror or error}).") from error
    return path.read_text(encoding="utf-8")
