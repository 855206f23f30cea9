from __future__ import annotations

import math
import threading
from dataclasses import replace

import pytest

from alexnet_core.errors import UnknownNameError
from alexnet_core.runs.records import Edit, MetricPoint, Request, RunStatus


def points(name: str, steps: range, value: float = 1.0) -> list[MetricPoint]:
    return [MetricPoint(name, step, 1, value + step, 50.0 + step) for step in steps]


def test_a_run_comes_back_as_it_went_in(store, new_run):
    run = new_run(tags=("a", "b"), notes="ä\n", parent="other", parent_epoch=3, priority=-1)
    store.add(run)
    assert store.get("run-1") == run
    assert isinstance(store.get("run-1").status, RunStatus)
    with pytest.raises(UnknownNameError, match="run is 'run-2'; allowed: run-1"):
        store.get("run-2")


def test_the_newest_is_listed_first_and_ended_ones_can_be_left_out(store, new_run):
    for number, status in enumerate(RunStatus):
        store.add(new_run(number, status=status, lab="here" if number % 2 else "there"))
    assert [run.id for run in store.listing()] == [f"run-{n}" for n in range(7, -1, -1)]
    assert {run.lab for run in store.listing(lab="here")} == {"here"}
    assert not {run.status for run in store.listing(live=True)} & {
        RunStatus.STOPPED,
        RunStatus.FINISHED,
        RunStatus.FAILED,
    }


def test_a_change_can_ask_for_the_state_it_changes(store, new_run):
    store.add(new_run())
    assert store.change("run-1", where=[RunStatus.QUEUED], status=RunStatus.RUNNING, attempts=1)
    assert not store.change("run-1", where=[RunStatus.QUEUED], status=RunStatus.STOPPED)
    assert store.get("run-1") == replace(new_run(), status=RunStatus.RUNNING, attempts=1)
    assert not store.change("run-2", status=RunStatus.RUNNING)
    store.change("run-1", requested=Request.STOP)
    assert store.get("run-1").requested is Request.STOP


def test_one_of_many_takes_a_queued_run(store, new_run):
    store.add(new_run())
    took = []

    def take() -> None:
        took.append(store.change("run-1", where=[RunStatus.QUEUED], status=RunStatus.RUNNING))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False] * 7 + [True]


def test_figures_come_back_by_name_and_step_and_the_newest_write_counts(store, new_run):
    store.add(new_run())
    store.log("run-1", points("b", range(1, 1_201)) + points("a", range(1, 4)), {"step": 3})
    store.log("run-1", [*points("a", range(3, 5), value=9.0), *points("a", range(4, 5), value=7.0)])
    found = store.series("run-1")
    assert list(found) == ["a", "b"]
    assert found["a"].step == [1, 2, 3, 4]
    assert found["a"].value == [2.0, 3.0, 12.0, 11.0]
    assert found["b"].step == list(range(1, 1_201))
    assert store.get("run-1").step == 3
    newer = store.series("run-1", ["b"], after=1_198)
    assert newer["b"].step == [1_199, 1_200]
    assert newer["b"].time == [1_249.0, 1_250.0]


def test_what_is_no_number_stays_none(store, new_run):
    store.add(new_run())
    store.log("run-1", [MetricPoint("x", 1, 1, math.nan, 0.0)])
    assert math.isnan(store.series("run-1")["x"].value[0])


def test_a_deleted_run_is_gone_with_all_of_its_own(store, new_run):
    store.add(new_run())
    store.log("run-1", points("a", range(1, 3)))
    store.edit("run-1", {"lr": 0.1}, 5.0)
    store.delete("run-1")
    store.log("run-1", points("a", range(3, 5)))
    assert store.listing() == ()
    assert store.series("run-1") == {}
    assert store.edits("run-1") == ()


def test_edits_are_numbered_and_say_when_they_hold(store, new_run):
    store.add(new_run())
    first = store.edit("run-1", {"lr": 0.1}, 5.0)
    store.edit("run-1", {"epochs": 7, "early_stopping": None}, 6.0)
    store.apply_edit("run-1", 1, 42)
    assert first == Edit(run="run-1", number=1, settings={"lr": 0.1}, requested=5.0)
    assert store.edits("run-1") == (
        replace(first, step=42),
        Edit(
            run="run-1",
            number=2,
            settings={"epochs": 7, "early_stopping": None},
            requested=6.0,
        ),
    )


def test_a_branch_gets_the_figures_up_to_where_it_begins(store, new_run):
    store.add(new_run(1))
    store.add(new_run(2))
    store.log("run-1", points("a", range(1, 6)) + points("system/cpu", range(1, 6)))
    store.copy_metrics("run-1", "run-2", until=3)
    assert store.series("run-2") == {
        "a": store.series("run-1", ["a"])["a"].__class__(
            [1, 2, 3], [1, 1, 1], [2.0, 3.0, 4.0], [51.0, 52.0, 53.0]
        )
    }
