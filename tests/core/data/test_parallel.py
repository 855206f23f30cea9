from __future__ import annotations

import threading
import time

import pytest

from alexnet_core.data.parallel import THREADS, in_order


def test_results_come_in_order() -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * number

    assert list(in_order(slow_first, range(30))) == [number * number for number in range(30)]


def test_only_a_few_items_are_taken_ahead() -> None:
    taken = []

    def items() -> object:
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_order(lambda number: number, items())
    next(results)
    assert len(taken) <= THREADS + 2
    results.close()
    assert len(taken) <= THREADS + 2


def test_a_failure_reaches_the_caller_and_leaves_no_thread() -> None:
    def fail(number: int) -> int:
        if number == 3:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="3"):
        list(in_order(fail, range(1000)))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pictures")]
