from __future__ import annotations

import time

import pytest

from alexnet_core import home as homes
from alexnet_core.orchestration import agent, engine
from alexnet_core.orchestration.engine import Engine
from alexnet_core.orchestration.launchers.launcher import Exit, Slot
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Request, Run, RunStatus
from alexnet_core.runs.store import Store

CPU = Slot("cpu")


class Pretended:
    """A launcher whose processes live and die as the test says."""

    def __init__(self) -> None:
        self.living: dict[str, Slot | Exit] = {}
        self.killed: list[str] = []

    def capacity(self) -> tuple[Slot, ...]:
        return (CPU,)

    def submit(self, run: Run, slot: Slot) -> None:
        self.living[run.id] = slot

    def poll(self, run: str) -> Slot | Exit:
        return self.living.get(run, Exit(None))

    def stop(self, run: str) -> None:
        self.killed.append(run)

    def logs(self, run: str, lines: int) -> str:
        return "one\ntwo"


@pytest.fixture
def store(home) -> Store:
    return Store.open()


@pytest.fixture
def launcher() -> Pretended:
    return Pretended()


@pytest.fixture
def add(store):
    def call(name: str = "r", **fields: object) -> str:
        store.add(
            Run(
                **{
                    "id": name,
                    "lab": homes.lab(),
                    "recipe": "x",
                    "dataset": "x",
                    "config": {},
                    "created": time.time(),
                    **fields,
                }
            )
        )
        return name

    return call


@pytest.mark.parametrize(
    ("code", "starved", "says"),
    [
        (-9, True, "The machine ran out of memory, so the system killed it"),
        (-9, False, "Its process was killed (SIGKILL)"),
        (-11, True, "Its process was killed (SIGSEGV)"),
        (1, False, "Its process failed (exit code 1)"),
        (None, False, "Its process is gone"),
    ],
)
def test_the_cause_of_a_death(store, launcher, add, monkeypatch, code, starved, says):
    kills = iter([7, 8 if starved else 7, 9])
    monkeypatch.setattr(engine, "_oom_kills", lambda: next(kills))
    monkeypatch.setattr(engine, "STARTING", -1)
    run = add(status=RunStatus.RUNNING, attempts=1)
    launcher.living[run] = Exit(code)
    Engine(store, launcher).tick()
    found = store.get(run)
    assert found.reason.startswith(says)
    assert found.reason.endswith("It goes on from its last checkpoint (1 of 3).")
    assert (found.crashes, found.requested) == (1, Request.RUN)


def test_a_dead_run_is_started_again_by_the_same_look(store, launcher, add):
    run = add(status=RunStatus.RUNNING, attempts=1)
    launcher.living[run] = Exit(-9)
    looking = Engine(store, launcher)
    assert looking.tick()
    assert store.get(run).status is RunStatus.QUEUED
    assert looking.tick()
    assert (store.get(run).status, store.get(run).attempts) == (RunStatus.RUNNING, 2)
    assert launcher.living[run] == CPU


def test_a_run_of_another_lab_is_left_alone(store, launcher, add):
    queued = add("a", lab="elsewhere")
    running = add("b", lab="elsewhere", status=RunStatus.RUNNING)
    assert not Engine(store, launcher).tick()
    assert store.get(queued).status is RunStatus.QUEUED
    assert store.get(running).status is RunStatus.RUNNING


def test_what_a_worker_left_behind_counts_where_it_could_not_reach_the_store(store, launcher, add):
    run = add(status=RunStatus.RUNNING, attempts=2)
    run_folder.of(run).mkdir(parents=True)
    left = '{"status": "finished", "reason": "", "test_top1": 0.5, "attempt": %d, "time": 5.0}'
    (run_folder.of(run) / run_folder.EXIT).write_text(left % 2)
    launcher.living[run] = Exit(0)
    Engine(store, launcher).tick()
    assert (store.get(run).status, store.get(run).test_top1) == (RunStatus.FINISHED, 0.5)

    # What an earlier attempt left says nothing of this one.
    again = add("again", status=RunStatus.RUNNING, attempts=2)
    run_folder.of(again).mkdir(parents=True)
    (run_folder.of(again) / run_folder.EXIT).write_text(left % 1)
    launcher.living[again] = Exit(0)
    Engine(store, launcher).tick()
    assert store.get(again).status is RunStatus.QUEUED


def test_a_run_that_waits_for_room_goes_on_when_there_is_some(store, launcher, add, monkeypatch):
    run = add(status=RunStatus.PAUSED, requested=Request.RUN)
    held = add("held", status=RunStatus.PAUSED, requested=Request.PAUSE)
    monkeypatch.setattr(engine, "_room", lambda run: False)
    Engine(store, launcher).tick()
    assert store.get(run).status is RunStatus.PAUSED
    monkeypatch.setattr(engine, "_room", lambda run: True)
    looking = Engine(store, launcher)
    looking.tick()
    looking.tick()
    assert store.get(run).status is RunStatus.RUNNING
    assert store.get(held).status is RunStatus.PAUSED


def test_an_agent_is_started_only_where_runs_wait_for_one(store, add, monkeypatch):
    started = []
    monkeypatch.setattr(agent, "ensure", lambda: started.append(True))
    agent.tend()
    add("a", status=RunStatus.FINISHED)
    add("b", status=RunStatus.PAUSED, requested=Request.PAUSE)
    add("c", lab="elsewhere")
    agent.tend()
    assert started == []
    add("d")
    agent.tend()
    assert started == [True]


def test_an_agent_leaves_when_there_is_nothing_to_do(store, monkeypatch):
    monkeypatch.setattr(agent, "IDLE", 0.2)
    monkeypatch.setattr(agent, "TICK", 0.05)
    monkeypatch.setattr(agent.signal, "signal", lambda *given: None)
    started = time.monotonic()
    assert agent.main() == 0
    assert time.monotonic() - started < 10
