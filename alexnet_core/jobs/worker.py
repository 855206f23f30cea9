"""The process of one job, from the lock that says it lives to the file that says how it ended."""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from alexnet_core.errors import LabError
from alexnet_core.jobs import queue, task
from alexnet_core.jobs.queue import Outcome, Progress
from alexnet_core.jobs.task import Report, Task

Handler = Callable[[Any, Report], str]
"""Does a task of its kind and returns the job's result; raises a `LabError` whose message is one
sentence where it can't."""

Handlers = Mapping[str, Callable[[], Handler]]
"""Kind of task -> a function that imports what defines the kind, and gives its handler."""

_SECONDS_BETWEEN_REPORTS = 0.2
_POLITE = 5


class _Stopped(BaseException):
    """Somebody asked for the end. No ``except Exception`` on the way takes it for a fault."""


def main(folder: Path, handlers: Handlers) -> int:
    """Do the task of that folder and write down how it ended; returns the exit code."""
    # Held until this process ends, however it ends.
    lock = FileLock(folder / queue.LOCK)
    lock.acquire(timeout=queue.START_SECONDS)
    signal.signal(signal.SIGTERM, _on_signal)
    process = {"process": os.getpid(), "group": os.getpgid(0)}
    (folder / queue.PROCESS).write_text(json.dumps(process), encoding="utf-8")
    # A page and a run in training go first.
    os.nice(_POLITE)
    wanted: Task | None = None
    try:
        text = (folder / queue.TASK).read_bytes()
        handler = handlers[task.kind_of(text)]()
        wanted = task.read(text)
        if (folder / queue.STOP).exists():
            raise _Stopped
        outcome = Outcome(status="done", result=handler(wanted, _Reporter(folder)))
    except _Stopped:
        outcome = Outcome(status="stopped")
    except LabError as error:
        outcome = Outcome(status="failed", sentence=str(error))
    except MemoryError:
        outcome = Outcome(status="failed", sentence="The machine has too little memory for this.")
    except Exception:
        traceback.print_exc()
        log = folder / queue.LOG
        outcome = Outcome(status="failed", sentence=f"Something went wrong; {log} has the details.")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if wanted is not None:
        wanted.clean(done=outcome.status == "done")
    queue.write(folder / queue.OUTCOME, outcome)
    return 0 if outcome.status == "done" else 1


class _Reporter:
    """Writes progress down, a few times a second and whenever the stage changes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / queue.PROGRESS
        self._stage, self._at = "", 0.0

    def __call__(self, stage: str, done: int, total: int, unit: str) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._at < _SECONDS_BETWEEN_REPORTS:
            return
        self._stage, self._at = stage, now
        queue.write(self._path, Progress(stage=stage, done=done, total=total, unit=unit))


def _on_signal(number: int, frame: object) -> None:
    # Once is enough; a second one could interrupt the tidying up.
    signal.signal(number, signal.SIG_IGN)
    raise _Stopped
