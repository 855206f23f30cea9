from __future__ import annotations

import threading
import time

import pytest

from alexnet_core.errors import StoreError
from alexnet_core.runs.log import MetricLog
from alexnet_core.runs.store import Store
from tests.lab import PATIENCE


@pytest.fixture
def opened(home, new_run) -> Store:
    store = Store.open()
    store.add(new_run())
    return store


def steps(store: Store) -> list[int]:
    found = store.series("run-1")
    return found["train/loss"].step if found else []


def test_what_is_logged_is_there_soon_and_at_the_end(opened, monkeypatch):
    real, free, began = Store.log, threading.Event(), time.time()

    def held(self, *given):
        assert free.wait(PATIENCE)
        real(self, *given)

    monkeypatch.setattr(Store, "log", held)
    with MetricLog(opened, "run-1") as log:
        # Neither waits for the database, which can't be written yet.
        log.add("train/loss", step=1, epoch=1, value=2.0)
        log.progress({"step": 1})
        assert steps(opened) == []
        free.set()
        deadline = time.monotonic() + PATIENCE
        while steps(opened) != [1] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert opened.get("run-1").step == 1
        assert began <= opened.get("run-1").heartbeat <= time.time()
        log.add("train/loss", step=2, epoch=1, value=1.0)
    assert steps(opened) == [1, 2]


def test_flush_waits_until_all_is_written(opened):
    with MetricLog(opened, "run-1") as log:
        for step in range(1, 101):
            log.add("train/loss", step=step, epoch=1, value=1.0)
        log.flush()
        assert steps(opened) == list(range(1, 101))


def test_a_database_that_is_away_loses_nothing(opened, monkeypatch):
    real, failing = Store.log, True

    def flaky(self, *given):
        if failing:
            raise StoreError("away")
        real(self, *given)

    monkeypatch.setattr(Store, "log", flaky)
    with MetricLog(opened, "run-1") as log:
        log.add("train/loss", step=1, epoch=1, value=2.0)
        with pytest.raises(StoreError, match="away"):
            log.flush()
        log.add("train/loss", step=2, epoch=1, value=2.0)
        failing = False
    assert steps(opened) == [1, 2]


def test_the_figures_are_kept_when_the_run_fails(opened):
    with pytest.raises(ValueError, match="boom"), MetricLog(opened, "run-1") as log:  # noqa: PT012
        log.add("train/loss", step=1, epoch=1, value=2.0)
        raise ValueError("boom")
    assert steps(opened) == [1]
