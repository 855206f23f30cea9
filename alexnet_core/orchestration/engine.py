"""The engine: gives queued runs their slots and notices when one dies.

It holds no state that matters: killed at any moment, the next one goes on from the store and
the locks. `agent` is its process.
"""

from __future__ import annotations

import json
import logging
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from alexnet_core import home, system
from alexnet_core.orchestration import queue
from alexnet_core.orchestration.launchers.launcher import Exit, Launcher
from alexnet_core.orchestration.worker import SPARE, fields_of
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Request, Run, RunStatus
from alexnet_core.runs.store import Store

GRACE = 10.0
"""Seconds that a stopping run has to save itself."""

STARTING = 1.5
"""Seconds in which a worker that an agent before us started may not hold its lock yet."""

MOST_CRASHES = 3
"""Deaths in a row, without a finished epoch between, that a run is started again after."""

_LOG = logging.getLogger(__name__)


class Engine:
    """Brings the store and the processes of one lab together.

    Args:
        store: where runs are.
        launcher: starts their processes.
        per_owner: living runs that one person may have at once, or no limit.
    """

    def __init__(self, store: Store, launcher: Launcher, per_owner: int | None = None) -> None:
        self._store, self._launcher, self._per_owner = store, launcher, per_owner
        self._lab = home.lab()
        self._ending: dict[str, float] = {}
        self._missing: dict[str, float] = {}
        self._oom_kills = _oom_kills()

    def tick(self) -> bool:
        """One look at everything; returns whether anything runs or waits."""
        runs = self._store.listing(lab=self._lab, live=True)
        taken = []
        for run in runs:
            if run.status.live:
                found = self._launcher.poll(run.id)
                if not isinstance(found, Exit):
                    taken.append((run, found))
                    self._missing.pop(run.id, None)
                    self._hurry(run)
                elif found.code is not None or self._missing_for(run) > STARTING:
                    self._bury(run, found)
            elif run.status is RunStatus.PAUSED and run.requested is Request.RUN and _room(run):
                self._store.change(run.id, where=[RunStatus.PAUSED], status=RunStatus.QUEUED)
        for run, slot in queue.assign(runs, taken, self._launcher.capacity(), self._per_owner):
            changed = self._store.change(
                run.id,
                where=[RunStatus.QUEUED],
                status=RunStatus.RUNNING,
                attempts=run.attempts + 1,
                started=time.time(),
                ended=None,
                host=system.host_name(),
                device=slot.name,
            )
            if changed:
                self._launcher.submit(self._store.get(run.id), slot)
        return any(run.status is not RunStatus.PAUSED for run in runs)

    def _missing_for(self, run: Run) -> float:
        """Seconds since nobody holds its lock, by a clock that nobody can set."""
        return time.monotonic() - self._missing.setdefault(run.id, time.monotonic())

    def _hurry(self, run: Run) -> None:
        """Kill a run that was asked to end and can't."""
        if run.status is RunStatus.RUNNING:
            self._ending.pop(run.id, None)
            return
        since = self._ending.setdefault(run.id, time.monotonic())
        if time.monotonic() - since > GRACE:
            _LOG.warning("Run %s did not end in time; it is killed.", run.id)
            self._launcher.stop(run.id)

    def _bury(self, run: Run, exit_: Exit) -> None:
        """Find out how a run ended whose process is gone."""
        self._ending.pop(run.id, None)
        self._missing.pop(run.id, None)
        self._launcher.stop(run.id)
        oom_kills = _oom_kills()
        starved = oom_kills > self._oom_kills
        self._oom_kills = oom_kills
        # It may have told the store between our two looks.
        if not self._store.get(run.id).status.live:
            return
        left = _left(run)
        if left is not None:
            fields = fields_of(left)
        elif run.requested is not Request.RUN:
            # Died while a stop was asked for: that is what was wanted.
            ended = RunStatus.PAUSED if run.requested is Request.PAUSE else RunStatus.STOPPED
            fields = {"status": ended, "ended": time.time(), "reason": ""}
        elif exit_.code in (-signal.SIGTERM, -signal.SIGINT) or self._interrupted(run):
            # A worker that had not begun to listen; later ones save and say so themselves.
            reason = "Its process was asked to end before it began."
            fields = {"status": RunStatus.STOPPED, "ended": time.time(), "reason": reason}
        else:
            fields = self._crashed(run, _cause(exit_, starved))
        living = [status for status in RunStatus if status.live]
        self._store.change(run.id, where=living, **fields)

    def _interrupted(self, run: Run) -> bool:
        """Whether SIGINT met it among its imports, some of which turn it into an error."""
        return "KeyboardInterrupt" in self._launcher.logs(run.id, 3)

    def _crashed(self, run: Run, cause: str) -> dict[str, Any]:
        crashes = run.crashes + 1
        if not _room(run):
            reason = "The disk is full. The run goes on when there is room."
            return {"status": RunStatus.PAUSED, "ended": time.time(), "reason": reason}
        if crashes > MOST_CRASHES:
            last = self._launcher.logs(run.id, 3).replace("\n", " / ")
            reason = f"{cause} It was started again {MOST_CRASHES} times. Last lines: {last}"
            return {
                "status": RunStatus.FAILED,
                "ended": time.time(),
                "crashes": crashes,
                "reason": reason,
            }
        reason = f"{cause} It goes on from its last checkpoint ({crashes} of {MOST_CRASHES})."
        return {"status": RunStatus.QUEUED, "crashes": crashes, "reason": reason}


def _left(run: Run) -> dict[str, Any] | None:
    """What this attempt's worker said of its end; None if it could not."""
    with suppress(OSError, ValueError):
        left = json.loads((run_folder.of(run.id) / run_folder.EXIT).read_text(encoding="utf-8"))
        if left["attempt"] == run.attempts:
            return dict(left)
    return None


def _cause(exit_: Exit, starved: bool) -> str:
    if exit_.code is not None and exit_.code < 0:
        name = signal.Signals(-exit_.code).name
        if name == "SIGKILL" and starved:
            return "The machine ran out of memory, so the system killed it; try a smaller batch."
        return f"Its process was killed ({name})."
    if exit_.code:
        return f"Its process failed (exit code {exit_.code}); its log says why."
    return "Its process is gone."


def _room(run: Run) -> bool:
    """Whether the disk can hold another checkpoint like the newest."""
    path = run_folder.of(run.id)
    newest = run_folder.newest(path)
    size = sum(file.stat().st_size for file in newest.iterdir()) if newest else 0
    there: Path = path if path.exists() else run_folder.root()
    return shutil.disk_usage(there).free > size + 2 * SPARE


def _oom_kills() -> int:
    """How often this machine's kernel has killed for memory since it started."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0
