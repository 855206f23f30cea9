"""Runs as processes of this machine, each in a session of its own.

A run that several processes share is started by torchrun, which joins them; it never restarts
them, since the agent does that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import datetime

import psutil

from alexnet_core import usage
from alexnet_core.errors import TrainingError
from alexnet_core.runs.records import Run
from alexnet_core.training import folder, liveness
from alexnet_core.training.launchers.launcher import Exit, Slot

RUN_VARIABLE = "ALEXNET_LAB_RUN"
"""Names the run in every process that belongs to it."""

GPU_VARIABLE = "ALEXNET_LAB_GPU"
"""Numbers of the GPUs that the run was given, as the driver counts, with commas between."""

THREADS = "OMP_NUM_THREADS"
"""How many threads torch computes with."""

NICENESS = 5
"""Pages answer first; an idle machine trains as fast as ever."""

_LOG_TAIL = 64 * 1024
_SLOT = "slot.json"


class Local:
    """One run a GPU, and one on the CPU where there is none."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        gpus = usage.gpus()
        share = max(1, (cores or 1) // max(1, len(gpus)))
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
        path = folder.of(run.id)
        path.mkdir(parents=True, exist_ok=True)
        (path / _SLOT).write_text(json.dumps(slot.name))
        processes = int(run.config.get("processes", 1))
        environment = os.environ | {
            RUN_VARIABLE: run.id,
            THREADS: str(max(1, slot.threads // processes)),
            "PYTHONUNBUFFERED": "1",
        }
        if slot.gpus:
            gpus = ",".join(map(str, slot.gpus))
            environment |= {"CUDA_VISIBLE_DEVICES": gpus, GPU_VARIABLE: gpus}
        with (path / folder.LOG).open("ab") as log:
            log.write(f"-- attempt {run.attempts}, {datetime.now():%Y-%m-%d %H:%M:%S}\n".encode())
            log.flush()
            try:
                self._children[run.id] = subprocess.Popen(
                    [*_program(processes), run.id],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                raise TrainingError(f"Run {run.id} can't be started ({error}).") from error
        with suppress(psutil.Error):
            worker = psutil.Process(self._children[run.id].pid)
            # Whoever started the lab at a still lower priority wants that.
            worker.nice(max(NICENESS, worker.nice()))

    def poll(self, run: str) -> Slot | Exit:
        """The place that a living run takes, or how it went."""
        child = self._children.get(run)
        code = None if child is None else child.poll()
        if child is not None and code is not None:
            del self._children[run]
        # A worker that another agent started is seen by its lock alone.
        if (child is not None and code is None) or liveness.alive(folder.of(run) / folder.LOCK):
            return self._slot(run)
        return Exit(code)

    def stop(self, run: str) -> None:
        """Kill what is left of a run's processes, at once and without saving."""
        # The oldest first; what it starts in that moment is found by the next look.
        while processes := processes_of(run):
            for process in processes:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(processes, timeout=5)

    def logs(self, run: str, lines: int) -> str:
        """The last lines that its worker printed."""
        return tail(run, lines)

    def _slot(self, run: str) -> Slot:
        with suppress(OSError, ValueError):
            name = json.loads((folder.of(run) / _SLOT).read_text())
            parts = [slot for slot in self._slots if slot.name in name.split("+")]
            if parts:
                return Slot.joined(parts)
        return self._slots[0]


def tail(run: str, lines: int) -> str:
    """The end of a run's log, at most 64 KiB; empty before it began."""
    path = folder.of(run) / folder.LOG
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_TAIL))
        text = log.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _program(processes: int) -> list[str]:
    worker = ["-m", "alexnet_core.training.worker"]
    if processes == 1:
        return [sys.executable, *worker]
    # By this address they meet also where the machine's own name leads nowhere.
    shared = ["--standalone", "--local-addr=127.0.0.1", "--max-restarts=0"]
    count = f"--nproc-per-node={processes}"
    return [sys.executable, "-m", "torch.distributed.run", *shared, count, *worker]


def processes_of(run: str) -> list[psutil.Process]:
    """Every living process of this user that belongs to the run, the oldest first."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            dead = process.status() == psutil.STATUS_ZOMBIE
            if not dead and process.environ().get(RUN_VARIABLE) == run:
                found.append(process)
    return sorted(found, key=psutil.Process.create_time)
