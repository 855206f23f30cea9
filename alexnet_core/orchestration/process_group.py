"""The processes of one run that several share, as the system sees them.

torchrun starts them and says to each which one it is. What they tell each other is
`training.distributed`.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

import psutil

from alexnet_core.orchestration.launchers import local

RANK = "RANK"
"""Where torchrun says which one a process is; the first is the main one."""

SIZE = int(os.environ.get("WORLD_SIZE", "1"))
"""How many share the run of this process."""

GRACE = 10.0
"""Seconds that a follower waits for the main process's word after it was asked to end."""

NOTICED = 1.0
"""Seconds after which a process that closed its connections is surely seen to be gone."""


def is_main() -> bool:
    """Whether this process is the first, or the only one."""
    return os.environ.get(RANK, "0") == "0"


def parent() -> psutil.Process | None:
    """The process that started all of them; None for a process that is alone."""
    return psutil.Process(os.getppid()) if SIZE > 1 else None


def lost(run: str) -> bool:
    """Whether one of those that share the run is gone."""
    if SIZE == 1:
        return False
    until = time.monotonic() + NOTICED
    while time.monotonic() < until:
        # A process's connections close a moment before it is gone.
        if len(ranks(run)) < SIZE:
            return True
        time.sleep(0.05)
    return False


def ranks(run: str) -> dict[int, psutil.Process]:
    """Those that share the run and live, by their number."""
    found = {}
    for process in local.processes_of(run):
        with suppress(psutil.Error, KeyError):
            found[int(process.environ()[RANK])] = process
    return found


def end_others(run: str) -> None:
    """Kill the other processes of this run; they would wait for this one."""
    if SIZE == 1:
        return
    for process in local.processes_of(run):
        if process.pid != os.getpid():
            with suppress(psutil.Error):
                process.kill()


def leave_in_time(number: int, frame: object) -> None:
    """A follower was asked to end: the main process saves and ends the run first, if it lives."""
    timer = threading.Timer(GRACE, os._exit, [1])
    timer.daemon = True
    timer.start()
