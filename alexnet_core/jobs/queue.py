"""Tasks in processes of their own: they outlive the page, the browser and the server.

A job is a folder below ``jobs`` of the lab's home. Its process holds a lock of the kernel for as
long as it lives; what it says of its progress and its end are small files. A folder whose kind of
task is not known here (another version's, or of a room that is not imported) is passed over.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal

from filelock import FileLock, Timeout
from typing_extensions import TypeVar

from alexnet_core import home
from alexnet_core.config import Config
from alexnet_core.errors import ConfigError, DataError
from alexnet_core.jobs.task import Task, read

TASK, PROGRESS, OUTCOME, STOP = "task.json", "progress.json", "outcome.json", "stop"
LOCK, PROCESS, LOG = "alive.lock", "process.json", "log.txt"

START_SECONDS = 30.0
"""A process that has not taken its lock after this time never will."""

STOP_SECONDS = 10.0
"""Time to stop by itself; then the process is killed."""

KEPT_SECONDS = 7 * 86_400.0
"""How long an ended job is remembered."""

_PROGRAM = "alexnet_core.commands.jobs"
"""Joins the handlers of all rooms, which this one knows nothing of."""

_children: list[subprocess.Popen[bytes]] = []

AnyTask = TypeVar("AnyTask", bound=Task)
_Kind_co = TypeVar("_Kind_co", bound=Task, default=Task, covariant=True)

_UNKNOWN = Task(kind="unknown")


class Progress(Config):
    """Where a job stands."""

    stage: str = "Starting"
    """What it does, as a person would say."""

    done: int = 0
    total: int = 0
    """0 while unknown."""

    unit: Literal["pictures", "bytes", ""] = ""


class Outcome(Config):
    """How a job ended."""

    status: Literal["done", "failed", "stopped"]

    sentence: str = ""
    """Why it failed."""

    result: str = ""
    """What the task's handler returned."""


@dataclass(frozen=True)
class Job(Generic[_Kind_co]):
    """One task and the process that does it."""

    id: str
    task: _Kind_co
    folder: Path

    def progress(self) -> Progress:
        """Where it stands."""
        try:
            return Progress.from_json((self.folder / PROGRESS).read_bytes())
        except (OSError, ConfigError):
            return Progress()

    def outcome(self) -> Outcome | None:
        """How it ended; None while it goes on."""
        ended = self._recorded()
        if ended is not None:
            return ended
        if self._lives():
            self._insist()
            return None
        # It may have ended between the two looks.
        return self._recorded() or self._buried()

    def ended_ago(self) -> float:
        """Seconds since it told of its end; 0 where it has not."""
        try:
            return max(0.0, time.time() - (self.folder / OUTCOME).stat().st_mtime)
        except OSError:
            return 0.0

    def stop(self) -> None:
        """Ask it to end and to leave nothing; it is killed if it does not within ten seconds."""
        (self.folder / STOP).touch()
        self._signal(signal.SIGTERM)

    def forget(self) -> None:
        """Remove what is known of a job that has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return (self.folder / STOP).exists()

    def _recorded(self) -> Outcome | None:
        try:
            return Outcome.from_json((self.folder / OUTCOME).read_bytes())
        except (OSError, ConfigError):
            return None

    def _lives(self) -> bool:
        # An ended child stays in the system's table until its parent asks for it.
        _children[:] = [child for child in _children if child.poll() is None]
        lock = FileLock(self.folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            # The folder is gone: somebody forgot the job.
            return False
        lock.release()
        with contextlib.suppress(OSError):
            age = time.time() - (self.folder / TASK).stat().st_mtime
            return age < START_SECONDS and not (self.folder / PROCESS).exists()
        return False

    def _insist(self) -> None:
        with contextlib.suppress(OSError):
            if time.time() - (self.folder / STOP).stat().st_mtime > STOP_SECONDS:
                self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # Without the lock the number may be another process's by now.
        with contextlib.suppress(OSError, ValueError, KeyError):
            process = json.loads((self.folder / PROCESS).read_text(encoding="utf-8"))
            if self._lives():
                os.killpg(process["group"], number)

    def _buried(self) -> Outcome:
        """The end of a process that could not tell of it, with what it left removed."""
        self.task.clean(done=False)
        self.task.clean_after_kill()
        if self.stopping:
            ended = Outcome(status="stopped")
        else:
            ended = Outcome(
                status="failed",
                sentence="The work was broken off from outside; nothing of it is kept.",
            )
        if self.folder.is_dir():
            write(self.folder / OUTCOME, ended)
        return ended


def start(task: AnyTask) -> Job[AnyTask]:
    """Begin a task in a process of its own.

    Raises:
        DataError: another job works on the same target.
        HomeError: the lab's home can't be written.
    """
    root = home.folder("jobs")
    if task.target:
        for job in listing():
            if job.task.target == task.target and job.outcome() is None:
                raise DataError(f"{task.target} is being worked on; wait until that has ended.")
    _forget_old(root)
    name = f"{time.time_ns():x}-{secrets.token_hex(3)}"
    folder = root / name
    folder.mkdir()
    (folder / TASK).write_text(task.to_json(), encoding="utf-8")
    with (folder / LOG).open("wb") as log:
        _children.append(
            subprocess.Popen(
                # -P: a folder named alexnet_core where the server was started is not ours.
                [sys.executable, "-P", "-m", _PROGRAM, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        )
    return Job(name, task, folder)


def join(task: AnyTask) -> Job[AnyTask]:
    """The job that does this task: the one under way, else a new one.

    Raises:
        DataError: another job works on the same target, or the one under way is about to stop.
        HomeError: the lab's home can't be written.
    """
    job = going(task)
    return job if job is not None and not job.stopping else start(task)


def going(task: AnyTask) -> Job[AnyTask] | None:
    """The job that does exactly this task now; None where there is none."""
    return next((job for job in under_way(type(task)) if job.task == task), None)


def under_way(*kinds: type[AnyTask]) -> list[Job[AnyTask]]:
    """The jobs of these kinds that have not ended, the oldest first."""
    found = [Job(job.id, job.task, job.folder) for job in listing() if isinstance(job.task, kinds)]
    return [job for job in found if job.outcome() is None]


def get(name: str) -> Job | None:
    """The job of that name; None where there is none."""
    return next((job for job in listing() if job.id == name), None)


def listing() -> list[Job]:
    """All jobs of the kinds that are known here, the oldest first."""
    found = []
    for path in sorted((home.home() / "jobs").glob(f"*/{TASK}")):
        with contextlib.suppress(OSError, ValueError):
            found.append(Job(path.parent.name, read(path.read_bytes()), path.parent))
    return found


def write(path: Path, what: Config) -> None:
    """Replace a small file in one step; a reader sees the old or the new one."""
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(what.to_json(), encoding="utf-8")
    temporary.replace(path)


def _forget_old(root: Path) -> None:
    known = {job.folder: job for job in listing()}
    for path in root.glob(f"*/{TASK}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime <= KEPT_SECONDS:
                continue
            job = known.get(path.parent, Job(path.parent.name, _UNKNOWN, path.parent))
            if job.outcome() is not None:
                job.forget()
