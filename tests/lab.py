"""A lab with a real agent and real workers, for tests that break them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from alexnet_core.orchestration import agent, liveness, run_api
from alexnet_core.orchestration.launchers import local
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Run, RunStatus
from alexnet_core.runs.store import Store
from alexnet_core.training.config import RunConfig

PATIENCE = 120.0
"""Seconds; a busy machine takes long to import torch."""

SOON = 2.0
"""Seconds within which a page must show what happened."""


class Lab:
    """The lab of a test's home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = Store.open()

    def start(self, config: RunConfig, **options: object) -> str:
        """Queue a run; returns its name."""
        return run_api.submit(config, **options).id

    def wait(self, run: str, done: Callable[[Run], bool], patience: float = PATIENCE) -> Run:
        """Wait for a run to be so; fails with its log."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            found = self.store.get(run)
            if done(found):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{self.store.get(run)}\n{local.tail(run, 40)}\n{self.agent_log()}")

    def until(self, run: str, *statuses: RunStatus, patience: float = PATIENCE) -> Run:
        """Wait for one of these states."""
        return self.wait(run, lambda found: found.status in statuses, patience)

    def until_step(self, run: str, step: int) -> Run:
        """Wait until a run has come so far."""
        return self.wait(run, lambda found: found.step >= step or found.status.ended)

    def workers(self, run: str) -> list[psutil.Process]:
        """The processes of a run."""
        return local.processes_of(run)

    def gone(self, run: str) -> bool:
        """Whether no process of the run is left, soon after it ended."""
        until = time.monotonic() + SOON
        while self.workers(run) and time.monotonic() < until:
            time.sleep(0.05)
        return not self.workers(run)

    def kill_worker(self, run: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to the worker, as soon as it is there."""
        until = time.monotonic() + PATIENCE
        while not self.workers(run) and time.monotonic() < until:
            time.sleep(0.01)
        self.workers(run)[0].send_signal(number)

    def agent(self) -> int:
        """The agent's process, as soon as it is there."""
        path = self.home / agent.PROCESS
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if path.exists() and path.read_text():
                return int(path.read_text())
            time.sleep(0.02)
        raise AssertionError(self.agent_log())

    def kill_agent(self) -> None:
        """Kill the agent without a warning, and wait until it is gone."""
        os.kill(self.agent(), signal.SIGKILL)
        while liveness.alive(self.home / agent.LOCK):
            time.sleep(0.01)

    def agent_log(self) -> str:
        """What the agent printed."""
        path = self.home / "agent.log"
        return path.read_text() if path.exists() else ""

    def losses(self, run: str) -> dict[int, float]:
        """The training loss at every step."""
        found = self.store.series(run, ["train/loss"]).get("train/loss")
        return dict(zip(found.step, found.value, strict=True)) if found else {}

    def torn(self, run: str) -> list[str]:
        """Files that a killed process left half-written."""
        return [path.name for path in run_folder.of(run).rglob(".partial-*")]

    def close(self) -> None:
        """Leave nothing running."""
        agent.dismiss()
        for run in self.store.listing():
            local.Local().stop(run.id)


def end_agents() -> None:
    """End the agents that this process started and that came too late to be dismissed."""
    for started in agent._started:
        started.terminate()
        started.wait(timeout=30)
    agent._started.clear()
