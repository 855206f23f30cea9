"""The process of one run: ``python -m alexnet_core.orchestration.worker RUN``.

Where torchrun starts several of them for one run, the first is the main one and the others follow.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from typing import Any

from alexnet_core import files
from alexnet_core.errors import DiskFullError, LabError, StoreError, UnknownNameError
from alexnet_core.orchestration import liveness, process_group
from alexnet_core.orchestration.launchers import local
from alexnet_core.orchestration.store_watcher import StoreWatcher
from alexnet_core.runs import run_folder
from alexnet_core.runs.log import MetricLog
from alexnet_core.runs.records import Request, RunStatus
from alexnet_core.runs.store import Store
from alexnet_core.training.config import RunConfig
from alexnet_core.usage import Usage

RUNNING_ALREADY = 3
SPARE = 32 * 2**20
"""A disk with fewer free bytes is full."""

PATIENCE = 60.0
"""Seconds to try to tell the store how the run ended."""


@dataclass(frozen=True)
class Outcome:
    """How a worker ended."""

    status: RunStatus
    reason: str = ""
    test_top1: float | None = None


def main(run: str) -> int:
    """Train the run of that name to its end; returns the exit code."""
    if not process_group.is_main():
        return follow(run)
    path = run_folder.of(run)
    path.mkdir(parents=True, exist_ok=True)
    # Taken before anything slow: from here on everybody sees that the run lives.
    lock = liveness.hold(path / run_folder.LOCK, patience=10)
    if lock is None:
        print(f"Run {run} has a worker already.", file=sys.stderr)
        return RUNNING_ALREADY
    (path / run_folder.EXIT).unlink(missing_ok=True)
    worker = Worker(Store.open(), run)
    signal.signal(signal.SIGTERM, worker.on_signal)
    signal.signal(signal.SIGINT, worker.on_signal)
    try:
        outcome = worker.work()
    except _AskedToLeave:
        # torchrun asks for it when another process has died.
        outcome = None if process_group.lost(run) else worker.stopped()
    if outcome is None:
        # As after any crash the agent starts all of them again.
        print("A process that shared the run is gone.", file=sys.stderr)
        process_group.end_others(run)
        return 1
    worker.record(outcome)
    process_group.end_others(run)
    return 0


def follow(run: str) -> int:
    """Train beside the main process of the run; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, process_group.leave_in_time)
    worker = Worker(Store.open(), run)
    try:
        from alexnet_core.training import run as shared
        from alexnet_core.training.distributed import Distributed

        shared.follow(worker.config, run=run, distributed=Distributed.join())
    except Exception as error:
        if not process_group.lost(run):
            worker.record(worker.failed(error))
        process_group.end_others(run)
        return 1
    return 0


class _AskedToLeave(BaseException):
    """A signal came while there was nothing to save yet."""


class Worker:
    """One attempt at a run."""

    def __init__(self, store: Store, run: str) -> None:
        self._store = store
        self._run = store.get(run)
        self._requested = Request.RUN
        self._training = False
        self._signalled = False

    def on_signal(self, number: int, frame: object) -> None:
        """Save and leave; before the first step there is nothing to save."""
        self._signalled = True
        if not self._training:
            raise _AskedToLeave

    @property
    def config(self) -> RunConfig:
        """What the run was submitted with."""
        return RunConfig.from_json(json.dumps(dict(self._run.config)))

    def work(self) -> Outcome | None:
        """Train, and say how it ended; None if another process that shares the run is gone."""
        with (
            MetricLog(self._store, self._run.id) as log,
            StoreWatcher(self._store, self._run.id, log, _usage(), self._on_request) as watcher,
        ):
            try:
                # Torch takes seconds: whoever asks to stop meanwhile does not wait for it.
                from alexnet_core import devices
                from alexnet_core.orchestration.store_callback import StoreCallback
                from alexnet_core.training.distributed import Distributed
                from alexnet_core.training.run import execute

                config = self.config
                distributed = Distributed.join()
                plan = devices.plan(config.device, config.precision, config.compile)
                log.progress({"device": str(plan), "reason": "Getting the pictures ready."})
                summary = execute(
                    config,
                    run=self._run.id,
                    callback=StoreCallback(log, watcher, config.batch_size, self._should_stop),
                    command=self._run.command,
                    resume=True,
                    distributed=distributed,
                )
                log.flush()
            except Exception as error:
                torn = self._requested is Request.RUN and process_group.lost(self._run.id)
                return None if torn else self.failed(error)
        if summary.reason == "stopped":
            return self.stopped()
        return Outcome(RunStatus.FINISHED, test_top1=summary.test_top1)

    def stopped(self) -> Outcome:
        """What a stop means: the person's word, or a signal's."""
        if self._requested is Request.PAUSE:
            return Outcome(RunStatus.PAUSED)
        if self._requested is Request.STOP:
            return Outcome(RunStatus.STOPPED)
        return Outcome(RunStatus.STOPPED, "Its process was asked to end, and saved first.")

    def record(self, outcome: Outcome) -> None:
        """Leave the outcome beside the run, then tell the store, which may be busy."""
        print(f"{outcome.status}. {outcome.reason}".rstrip(), flush=True)
        left = asdict(outcome) | {"attempt": self._run.attempts, "time": time.time()}
        try:
            with files.replacing(run_folder.of(self._run.id) / run_folder.EXIT) as temporary:
                temporary.write_text(json.dumps(left))
        except LabError as error:
            print(error, file=sys.stderr)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                self._store.change(self._run.id, **fields_of(left))
            except StoreError as error:
                print(error, file=sys.stderr)
                time.sleep(1)
            else:
                return

    def _should_stop(self) -> bool:
        self._training = True
        return self._signalled or self._requested is not Request.RUN

    def _on_request(self, requested: Request) -> None:
        self._requested = requested
        if not self._training:
            self.record(self.stopped())
            process_group.end_others(self._run.id)
            os._exit(0)

    def failed(self, error: Exception) -> Outcome:
        """What an error means, in a sentence for a person."""
        traceback.print_exc()
        full = shutil.disk_usage(run_folder.of(self._run.id)).free < SPARE
        if isinstance(error, DiskFullError) or full:
            said = str(error) if isinstance(error, DiskFullError) else "The disk is full."
            return Outcome(RunStatus.PAUSED, f"{said} The run goes on when there is room.")
        if isinstance(error, LabError):
            return Outcome(RunStatus.FAILED, str(error))
        from alexnet_core.data import datasets

        try:
            datasets.open(self._run.dataset)
        except LabError as gone:
            return Outcome(RunStatus.FAILED, str(gone))
        batch = int(self._run.config["batch_size"])
        if type(error).__name__ == "OutOfMemoryError":
            said = f"The GPU's memory is too small for batch {batch}; try batch {batch // 2}."
            return Outcome(RunStatus.FAILED, said)
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
            said = f"The memory is too small for batch {batch}; try batch {batch // 2}."
            return Outcome(RunStatus.FAILED, said)
        return Outcome(RunStatus.FAILED, f"{type(error).__name__}: {error}")


def fields_of(left: dict[str, Any]) -> dict[str, Any]:
    """The fields of a run that follow from what its worker left behind."""
    return {
        "status": RunStatus(str(left["status"])),
        "reason": left["reason"],
        "test_top1": left["test_top1"],
        "ended": left["time"],
    }


def _usage() -> Usage:
    gpus = os.environ.get(local.GPU_VARIABLE, "")
    return Usage(tuple(map(int, filter(None, gpus.split(",")))), process_group.parent())


if __name__ == "__main__":
    try:
        code = main(sys.argv[1])
    except UnknownNameError as error:
        # It was deleted before it began.
        sys.exit(str(error))
    sys.stdout.flush()
    sys.stderr.flush()
    # All is written; taking torch apart would hold the slot, and a GPU's memory, for seconds.
    os._exit(code)
