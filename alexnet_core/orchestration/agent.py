"""The agent: the one process of a lab that starts its queued runs.

``python -m alexnet_core.orchestration.agent`` or ``alexnet-lab agent``; `ensure` starts it where
none runs. Killed at any moment, the next one goes on where it was.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from threading import Event

import psutil

from alexnet_core import home, system
from alexnet_core.errors import LabError
from alexnet_core.orchestration import liveness
from alexnet_core.orchestration.engine import Engine
from alexnet_core.orchestration.launchers.local import Local
from alexnet_core.runs.records import Request
from alexnet_core.runs.store import Store

TICK = 0.5
"""Seconds between two looks."""

IDLE = 60.0
"""Seconds without work after which the agent leaves; whoever needs one starts the next."""

LOCK, PROCESS = "agent.lock", "agent.pid"
PER_USER = "ALEXNET_LAB_RUNS_PER_USER"
"""Runs that one person may have at once; no limit unless set."""

# Asked how they are now and then: an agent that has left must not stay as a zombie.
_started: list[subprocess.Popen[bytes]] = []

_LOG = logging.getLogger(__name__)


def ensure() -> None:
    """Start the agent of this lab unless it runs; returns at once."""
    if liveness.alive(home.folder(".") / LOCK):
        return
    _started[:] = [agent for agent in _started if agent.poll() is None]
    with (home.folder(".") / "agent.log").open("ab") as log:
        _started.append(system.start(system.python("-m", "alexnet_core.orchestration.agent"), log))


def tend() -> None:
    """Start an agent if runs wait for one and it has died; cheap enough for every second.

    Raises:
        StoreError: the store can't be reached.
    """
    if liveness.alive(home.folder(".") / LOCK):
        return
    waiting = Store.open().listing(lab=home.lab(), live=True)
    if any(run.status.live or run.requested is Request.RUN for run in waiting):
        ensure()


def dismiss() -> None:
    """End the agent of this lab; its runs go on without it."""
    path = home.folder(".")
    while liveness.alive(path / LOCK):
        # The number may be that of an agent before this one, and belong to anybody by now.
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int((path / PROCESS).read_text()))
            if __name__ in process.cmdline():
                process.terminate()
        time.sleep(TICK / 10)


def main() -> int:
    """Be the agent until there is nothing to do; returns the exit code."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    leave = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave.set())
    path = home.folder(".") / LOCK
    lock = liveness.hold(path, patience=1)
    if lock is None:
        print("This lab has an agent already.", file=sys.stderr)
        return 1
    (home.folder(".") / PROCESS).write_text(str(os.getpid()))
    limit = os.environ.get(PER_USER)
    engine = Engine(Store.open(), Local(), None if limit is None else int(limit))
    busy_at = time.monotonic()
    while path.exists():
        try:
            busy = engine.tick()
        except LabError as error:
            # A busy database or a full disk passes; the runs go on without us meanwhile.
            _LOG.warning("%s", error)
            busy = True
        if leave.wait(TICK):
            return 0
        if busy:
            busy_at = time.monotonic()
        elif time.monotonic() - busy_at > IDLE:
            # Whoever queues a run now finds the lock free and starts the next agent.
            lock.release()
            if not engine.tick():
                return 0
            ensure()
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
