"""The one module that knows the ways of the operating system.

Processes and their ends go through psutil, which knows Linux, macOS and Windows; everything else
of the lab asks here and never looks at ``sys.platform`` itself.
"""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil

_CHILD = {"PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8:backslashreplace"}
"""Deaf to the current folder; prints any class name, whatever the terminal's encoding."""

_LEVELS = {0: "NORMAL_PRIORITY_CLASS", 1: "BELOW_NORMAL_PRIORITY_CLASS"}


def python(*arguments: str) -> list[str]:
    """The command that runs this Python, deaf to the folder it is started in.

    A pupil's ``random.py`` beside the pictures must not be imported in place of Python's.
    """
    return [sys.executable, "-P", *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment and more; what the child starts is as deaf as `python`."""
    return {**os.environ, **_CHILD, **(more or {})}


def start(
    command: Sequence[str], log: BinaryIO, more: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one and its terminal.

    Args:
        command: from `python`.
        log: takes what it prints.
        more: variables on top of the environment.

    Raises:
        OSError: the system refuses.
    """
    # Windows has no sessions: a group of its own keeps Ctrl-C away, as a session does elsewhere.
    group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=environment(more),
        start_new_session=True,
        creationflags=group,
    )


def kill(processes: Sequence[psutil.Process], patience: float = 5.0) -> None:
    """End processes at once and wait so many seconds until the system has forgotten them."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(list(processes), timeout=patience)


def be_polite(niceness: int, process: psutil.Process | None = None) -> None:
    """Let others go first; a system that refuses changes nothing.

    Args:
        niceness: 0 to 19 as Unix counts; Windows has one step below normal.
        process: this one unless given.
    """
    level: int = getattr(psutil, _LEVELS[min(niceness, 1)], niceness)
    with suppress(psutil.Error, OSError):
        (process or psutil.Process()).nice(level)


def usable_cores() -> int:
    """Cores that this process may use."""
    return (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    )


def available_memory() -> int:
    """Bytes that can be had without swapping, caches that would give way included."""
    return int(psutil.virtual_memory().available)


def host_name() -> str:
    """The name of this machine; ``unknown`` where it has none."""
    return platform.node() or "unknown"


def user_name() -> str:
    """The name of whoever runs this; a number, or ``unknown``, where the system has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


@contextmanager
def usual_rights(folder: Path) -> Iterator[None]:
    """What is written into the folder meanwhile gets the rights that any new file gets there.

    Libraries make files for their owner alone (safetensors from 0.8.1, SQLite by a fixed mode),
    also where a group shares the folder and its umask says so.
    """
    yield
    if os.name == "nt":
        # Rights come from the folder there.
        return
    probe = folder / f".rights-{os.getpid()}"
    try:
        probe.touch(exist_ok=True)
        mode = probe.stat().st_mode & 0o666
    except OSError:
        # The failure to write is told where something is written.
        return
    finally:
        with suppress(OSError):
            probe.unlink()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o666 != mode:
            path.chmod(mode | (path.stat().st_mode & 0o111))
