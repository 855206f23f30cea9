from __future__ import annotations

import pytest

from alexnet_core.errors import ConfigError
from alexnet_core.orchestration import queue
from alexnet_core.orchestration.launchers.launcher import Slot
from alexnet_core.runs.records import Run, RunStatus

GPUS = (Slot("cuda:0", (0,)), Slot("cuda:1", (1,)))


def run(name: str, *, status: RunStatus = RunStatus.QUEUED, device: str = "auto", **fields) -> Run:
    return Run(
        id=name,
        lab="here",
        recipe="x",
        dataset="x",
        status=status,
        **{"created": float(ord(name)), "config": {"device": device}, **fields},
    )


def names(found):
    return [(run.id, slot.name) for run, slot in found]


def test_the_older_goes_first_and_priority_before_age():
    runs = [run("c"), run("a"), run("b", priority=1), run("d", status=RunStatus.PAUSED)]
    assert [run.id for run in queue.order(runs)] == ["b", "a", "c"]
    assert names(queue.assign(runs, [], GPUS)) == [("b", "cuda:0"), ("a", "cuda:1")]


def test_a_taken_slot_is_not_given_again():
    living = run("a", status=RunStatus.RUNNING)
    assert names(queue.assign([living, run("b"), run("c")], [(living, GPUS[0])], GPUS)) == [
        ("b", "cuda:1")
    ]


def test_a_run_waits_for_the_gpu_that_it_names_and_lets_others_pass():
    living = run("a", status=RunStatus.RUNNING)
    runs = [living, run("b", device="cuda:0"), run("c"), run("d", device="cpu")]
    assert names(queue.assign(runs, [(living, GPUS[0])], GPUS)) == [("c", "cuda:1")]


def test_one_person_does_not_take_all_slots():
    living = run("a", status=RunStatus.STOPPING, owner="ann")
    runs = [living, run("b", owner="ann"), run("c", owner="bob"), run("d", owner="bob")]
    taken = [(living, GPUS[0])]
    assert names(queue.assign(runs, taken, GPUS, per_owner=1)) == [("c", "cuda:1")]
    assert names(queue.assign(runs, taken, GPUS)) == [("b", "cuda:1")]
    assert names(queue.assign(runs[1:], [], GPUS, per_owner=1)) == [
        ("b", "cuda:0"),
        ("c", "cuda:1"),
    ]


def test_a_run_of_two_processes_takes_two_gpus_at_once():
    pair = run("a", config={"device": "auto", "processes": 2})
    assert names(queue.assign([pair, run("b")], [], GPUS)) == [("a", "cuda:0+cuda:1")]
    living = run("c", status=RunStatus.RUNNING)
    assert names(queue.assign([pair, living, run("d")], [(living, GPUS[0])], GPUS)) == [
        ("d", "cuda:1")
    ]
    both = Slot.joined(GPUS)
    assert (both.gpus, both.threads) == ((0, 1), 2)
    assert queue.assign([run("b")], [(pair, both)], GPUS) == []


def test_on_a_cpu_the_processes_share_the_place():
    cpu = (Slot("cpu", threads=2),)
    pair = run("a", config={"device": "auto", "processes": 2})
    assert names(queue.assign([pair, run("b")], [], cpu)) == [("a", "cpu")]


def test_more_processes_than_gpus_would_wait_for_ever(tiny_config, monkeypatch):
    monkeypatch.setattr("alexnet_core.usage.gpus", lambda: (0, 1))
    queue.check(tiny_config(processes=2, device="auto"))
    queue.check(tiny_config(processes=4))
    with pytest.raises(ConfigError, match=r"processes is 4; allowed: at most 2"):
        queue.check(tiny_config(processes=4, device="auto"))
