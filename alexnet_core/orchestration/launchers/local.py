"""Runs as processes of this machine, each in a session of its own.

A run that several processes share is started by torchrun, which joins them; it never restarts
them, since the agent does that.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from datetime import datetime

import psutil

from alexnet_core import system, usage
from alexnet_core.errors import TrainingError
from alexnet_core.orchestration import liveness
from alexnet_core.orchestration.launchers.launcher import Exit, Slot
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Run

RUN_VARIABLE = "ALEXNET_LAB_RUN"
"""Names the run in every process that belongs to it."""

GPU_VARIABLE = "ALEXNET_LAB_GPU"
"""Numbers of the GPUs that the run was given, as the driver counts, with commas between."""

THREADS = "OMP_NUM_THREADS"
"""How many threads torch computes with."""

NICENESS = 5
"""Pages answer first; an idle machine trains as fast as ever."""

_LOG_TAIL = 64 * 1024


class Local:
    """One run a GPU, and one on the CPU where there is none."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        gpus = usage.gpus()
        share = max(1, system.usable_cores() // max(1, len(gpus)))
        # Whoever started the lab with fewer threads wants fewer.
        allowed = os.environ.get(THREADS, "")
        share = min(share, int(allowed)) if allowed.isdigit() and int(allowed) else share
        self._slots = tuple(Slot(f"cuda:{gpu}", (gpu,), share) for gpu in gpus) or (
            Slot("cpu", threads=share),
        )

    def capacity(self) -> tuple[Slot, ...]:
        """All places for runs, taken or not."""
        return self._slots

    def submit(self, run: Run, slot: Slot) -> None:
        """Start a run's worker; returns at once."""
        path = run_folder.of(run.id)
        path.mkdir(parents=True, exist_ok=True)
        (path / run_folder.SLOT).write_text(json.dumps(slot.name))
        processes = int(run.config.get("processes", 1))
        environment = {
            RUN_VARIABLE: run.id,
            THREADS: str(max(1, slot.threads // processes)),
            "PYTHONUNBUFFERED": "1",
        }
        if slot.gpus:
            gpus = ",".join(map(str, slot.gpus))
            environment |= {"CUDA_VISIBLE_DEVICES": gpus, GPU_VARIABLE: gpus}
        with (path / run_folder.LOG).open("ab") as log:
            log.write(f"-- attempt {run.attempts}, {datetime.now():%Y-%m-%d %H:%M:%S}\n".encode())
            log.flush()
            try:
                command = [*_program(processes), run.id]
                self._children[run.id] = system.start(command, log, environment)
            except OSError as error:
                raise TrainingError(f"Run {run.id} can't be started ({error}).") from error
        with suppress(psutil.Error):
            system.be_polite(NICENESS, psutil.Process(self._children[run.id].pid))

    def poll(self, run: str) -> Slot | Exit:
        """The place that a living run takes, or how it went."""
        child = self._children.get(run)
        code = None if child is None else child.poll()
        if child is not None and code is not None:
            del self._children[run]
        # A worker that another agent started is seen by its lock alone.
        if (child is not None and code is None) or liveness.alive(
            run_folder.of(run) / run_folder.LOCK
        ):
            return self._slot(run)
        return Exit(code)

    def stop(self, run: str) -> None:
        """Kill what is left of a run's processes, at once and without saving."""
        # The oldest first; what it starts in that moment is found by the next look.
        while processes := processes_of(run):
            system.kill(processes)

    def logs(self, run: str, lines: int) -> str:
        """The last lines that its worker printed."""
        return tail(run, lines)

    def _slot(self, run: str) -> Slot:
        with suppress(OSError, ValueError):
            name = json.loads((run_folder.of(run) / run_folder.SLOT).read_text())
            parts = [slot for slot in self._slots if slot.name in name.split("+")]
            if parts:
                return Slot.joined(parts)
        return self._slots[0]


def tail(run: str, lines: int) -> str:
    """The end of a run's log, at most 64 KiB; empty before it began."""
    path = run_folder.of(run) / run_folder.LOG
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_TAIL))
        text = log.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _program(processes: int) -> list[str]:
    worker = ["-m", "alexnet_core.orchestration.worker"]
    if processes == 1:
        return system.python(*worker)
    # By this address they meet also where the machine's own name leads nowhere.
    shared = ["--standalone", "--local-addr=127.0.0.1", "--max-restarts=0"]
    count = f"--nproc-per-node={processes}"
    return system.python("-m", "torch.distributed.run", *shared, count, *worker)


def processes_of(run: str) -> list[psutil.Process]:
    """Every living process of this user that belongs to the run, the oldest first."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            dead = process.status() == psutil.STATUS_ZOMBIE
            if not dead and process.environ().get(RUN_VARIABLE) == run:
                found.append(process)
    return sorted(found, key=psutil.Process.create_time)
