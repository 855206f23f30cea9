from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from alexnet_core.commands import jobs
from alexnet_core.errors import DataError
from alexnet_core.inspection import ranking_job
from alexnet_core.inspection.unit_ranking import load
from alexnet_core.jobs import queue, task
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel

SHAPES = "shapes:train=10,test=20,size=32"
PATIENCE = 240.0


@pytest.fixture
def model() -> LoadedModel:
    return library.load("bundled:cifar10")


@pytest.fixture
def never_starts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Jobs whose process is forever about to take its lock; the commands that were given."""
    commands: list[Any] = []

    def popen(command: list[str], **_: Any) -> Any:
        commands.append(command)
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(queue.subprocess, "Popen", popen)
    monkeypatch.setattr(queue, "START_SECONDS", 3600.0)
    monkeypatch.setattr(queue, "_children", [])
    return commands


def test_a_process_of_its_own_ranks_and_a_page_reads(model: LoadedModel) -> None:
    job = ranking_job.begin(model, SHAPES)
    deadline = time.monotonic() + PATIENCE
    while (outcome := job.outcome()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert outcome.status == "done", (outcome, (job.folder / queue.LOG).read_text())
    found = load(model, SHAPES)
    assert found is not None
    assert found.about.pictures == 20
    assert ranking_job.going(model, SHAPES) is None
    assert job.progress().stage == ranking_job.RANKING
    job.forget()
    for child in queue._children:
        child.wait()


def test_who_asks_for_the_same_joins_the_job(model: LoadedModel, never_starts: list[Any]) -> None:
    assert ranking_job.going(model, SHAPES) is None
    job = ranking_job.begin(model, SHAPES)
    assert ranking_job.begin(model, SHAPES) == job
    assert ranking_job.going(model, SHAPES) == job
    assert ranking_job.going(model, SHAPES, "train") is None
    assert len(never_starts) == 1
    assert never_starts[0][0] == sys.executable
    job.stop()
    with pytest.raises(DataError, match=r"Strongest patches of bundled:cifar10 on shapes.* wait"):
        ranking_job.begin(model, SHAPES)


def test_other_weights_under_the_same_name_are_not_ranked(
    model: LoadedModel, never_starts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ranking_job.begin(model, SHAPES)
    other = library.load("random:alexnet-cifar")
    monkeypatch.setattr(library, "load", lambda reference: other)
    with pytest.raises(DataError, match="bundled:cifar10 or shapes.* has changed since"):
        ranking_job.do(job.task, lambda *_: None)


def test_the_work_tells_where_it_stands(model: LoadedModel, never_starts: list[Any]) -> None:
    told: list[tuple[str, int, int, str]] = []
    report: Callable[[str, int, int, str], None] = lambda *said: told.append(said)  # noqa: E731
    job = ranking_job.begin(model, SHAPES)
    jobs.run(job.task, report)
    assert told[0] == (ranking_job.READING, 0, 0, "")
    assert told[-1] == (ranking_job.RANKING, 20, 20, "pictures")


def test_a_ranking_travels_as_json(model: LoadedModel, never_starts: list[Any]) -> None:
    wanted = ranking_job.begin(model, SHAPES).task
    assert task.read(wanted.to_json()) == wanted
