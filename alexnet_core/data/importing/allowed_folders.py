"""Which folders of the server's machine its visitors may import from."""

from __future__ import annotations

import os
from pathlib import Path

from alexnet_core.errors import ConfigError, DataError

VARIABLE = "ALEXNET_LAB_FOLDERS"


def folders() -> tuple[Path, ...]:
    """The folders that the lab's owner named in ``ALEXNET_LAB_FOLDERS``."""
    named = os.environ.get(VARIABLE, "").split(os.pathsep)
    return tuple(Path(name).expanduser().resolve() for name in named if name.strip())


def check(text: str, *, local: bool) -> Path:
    """The folder or ZIP of that path, if a visitor may import it.

    Args:
        text: a path as a person types it.
        local: whether only people at this machine reach the server; they may read any file that
            the lab can read anyway.

    Raises:
        ConfigError: it is not allowed. Nothing is said of whether it exists.
        DataError: it is allowed but not there, or neither a folder nor a ZIP.
    """
    typed = text.strip().strip("\"'")
    if not typed or "\0" in typed:
        raise ConfigError("folder", text, "the path of a folder or ZIP on the server's machine")
    try:
        # Links are followed first, so that none leads out of an allowed folder.
        path = Path(typed).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise DataError(f"{typed} is no path on this machine.") from error
    owned = folders()
    if not local and not any(path.is_relative_to(folder) for folder in owned):
        listed = ", ".join(map(str, owned)) or "none"
        raise ConfigError(
            "folder", typed, f"what lies below the folders that the lab's owner named ({listed})"
        )
    try:
        here, is_folder = path.exists(), path.is_dir()
    except OSError as error:
        raise DataError(f"{path} can't be read ({error.strerror or error}).") from error
    if not here:
        raise DataError(f"{path} does not exist.")
    if not is_folder and path.suffix.lower() != ".zip":
        raise DataError(f"{path} is neither a folder nor a ZIP.")
    return path
