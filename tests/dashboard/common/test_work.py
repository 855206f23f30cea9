"""Work behind a page: how much goes on, who watches it, when it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alexnet_core.errors import CancelledError, LabError
from dashboard.common.work import Pool, Table, Work, watcher

PATIENCE = 30.0


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def goes_on(work: Work[Any]) -> None:
    """Work without an end of its own."""
    while not work.cancelled():
        time.sleep(0.005)
    raise CancelledError("Enough.")


class Going:
    """Work that goes on until it is let go."""

    def __init__(self, pool: Pool) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.work: Work[str] = Work(self._run, pool)

    def _run(self, work: Work[str]) -> str:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return "found"


@pytest.fixture
def pool() -> Pool:
    return Pool("test", 2, patience=PATIENCE)


@pytest.fixture
def full(pool: Pool) -> Iterator[list[Going]]:
    """A pool all of whose threads are taken."""
    found = [Going(pool) for _ in range(2)]
    for going in found:
        assert going.begun.wait(PATIENCE)
    yield found
    for going in found:
        going.go.set()


def test_no_more_threads_than_said_and_work_in_the_order_in_which_it_came(
    pool: Pool, full: list[Going]
) -> None:
    order: list[int] = []
    late: list[Work[Any]] = [
        Work(lambda work, at=at: order.append(at) or at + 1, pool)  # type: ignore[misc,func-returns-value]
        for at in range(4)
    ]
    assert [work.before for work in late] == [1, 2, 3, 4]
    assert [work.state for work in late] == ["going"] * 4
    assert full[0].work.before == 0
    full[0].go.set()
    assert [work.watch(PATIENCE) for work in late] == ["done"] * 4
    assert order == [0, 1, 2, 3]
    assert [work.before for work in late] == [0] * 4
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("test-")]
    assert len(set(names)) <= 2


def test_work_that_waits_is_stopped_at_once(pool: Pool, full: list[Going]) -> None:
    begun: list[Work[Any]] = []
    waiting: Work[Any] = Work(begun.append, pool)
    behind: Work[Any] = Work(begun.append, pool)
    waiting.stop()
    assert waiting.state == "cancelled"
    assert behind.before == 1
    for going in full:
        going.go.set()
    until(lambda: behind.over)
    assert begun == [behind]


def test_one_visitor_s_stop_does_not_end_what_another_watches(pool: Pool) -> None:
    work: Work[Any] = Work(goes_on, pool, by="ann")
    work.join("bob")
    work.stop("ann")
    assert work.watch(0.05, "bob") == "going"
    assert not work.cancelled()
    # For who stopped it it is over, however often it is looked at.
    assert [work.watch(by="ann") for _ in range(3)] == ["cancelled"] * 3
    work.stop("bob")
    until(lambda: work.over)
    assert work.watch(by="bob") == "cancelled"


def test_who_left_may_come_back(pool: Pool) -> None:
    work: Work[Any] = Work(goes_on, pool, by="ann")
    work.join("bob")
    work.stop("ann")
    work.join("ann")
    work.stop("bob")
    assert work.watch(0.05, "ann") == "going"
    assert not work.cancelled()
    work.stop("ann")
    until(lambda: work.over)


def test_work_ends_that_nobody_watches_any_more() -> None:
    pool = Pool("test", 1, patience=0.2)
    left: Work[Any] = Work(goes_on, pool, by="ann")
    begun: list[Work[Any]] = []
    waiting: Work[Any] = Work(begun.append, pool, by="ann")
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        assert left.watch(0.01, "bob") == "going"
    # Nobody asked for this one while it waited, so it does not even begin.
    until(lambda: left.over and waiting.over)
    assert begun == []
    assert waiting.watch(by="ann") == "cancelled"


def test_a_visitor_whose_browser_is_gone_keeps_nothing_alive() -> None:
    pool = Pool("test", 1, patience=0.2)
    work: Work[Any] = Work(goes_on, pool, by="gone")
    work.join("ann")
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        work.watch(0.01, "ann")
    work.stop("ann")
    assert work.cancelled()


def test_a_failure_is_one_sentence_and_its_thread_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pool = Pool("test", 1, patience=PATIENCE)

    def refuses(work: Work[Any]) -> None:
        raise LabError("No.")

    def breaks(work: Work[Any]) -> None:
        raise ValueError("odd")

    refused: Work[Any] = Work(refuses, pool)
    broken: Work[Any] = Work(breaks, pool)
    fine: Work[Any] = Work(lambda work: "found", pool)
    assert [work.watch(PATIENCE) for work in (refused, broken, fine)] == [
        "failed",
        "failed",
        "done",
    ]
    assert refused.error == "No."
    assert broken.error == "This failed unexpectedly: odd"
    assert caplog.records[0].exc_info


def test_a_table_never_throws_out_work_that_goes_on(pool: Pool, full: list[Going]) -> None:
    table = Table(3, needed=lambda work: not work.over)
    for at, going in enumerate(full):
        table.offer(at, lambda going=going: going.work)
    for name in "abc":
        done: Work[Any] = Work(lambda work: "x", pool)
        done.stop()
        table.offer(name, lambda done=done: done)
    assert [table.get(at) for at in range(2)] == [going.work for going in full]
    assert table.get("a") is None
    assert table.get("c") is not None


def test_a_table_full_of_work_that_goes_on_takes_no_more(pool: Pool, full: list[Going]) -> None:
    table = Table(2, needed=lambda work: not work.over)
    for at, going in enumerate(full):
        table.offer(at, lambda going=going: going.work)
    made: list[int] = []
    with pytest.raises(LabError, match="try again"):
        table.offer("more", lambda: made.append(1))
    assert not made
    assert table.offer(0, lambda: None, lambda work: not work.over) is full[0].work


def test_what_is_no_longer_good_is_made_anew() -> None:
    table = Table(2)
    assert table.offer("a", lambda: 1) == 1
    assert table.offer("a", lambda: 2) == 1
    assert table.offer("a", lambda: 3, lambda old: False) == 3


def test_a_watcher_s_name_does_not_tell_the_session() -> None:
    assert watcher() == watcher()
    assert len(watcher()) == 12
