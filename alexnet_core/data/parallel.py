"""Work done by threads, results in order, never more in memory than is needed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")

# Threads, not processes: Pillow lets go of Python's lock while it decodes and resizes, and a
# process started from a dashboard page would run the page again.
THREADS = max(2, min(8, os.cpu_count() or 1))


def in_order(work: Callable[[_In], _Out], items: Iterable[_In]) -> Iterator[_Out]:
    """As ``map(work, items)``, in `THREADS` threads that stay a few items ahead.

    Whoever stops asking, or gets an exception, leaves no work behind.
    """
    waiting: deque[Future[_Out]] = deque()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="pictures") as threads:
        try:
            for item in items:
                waiting.append(threads.submit(work, item))
                if len(waiting) > THREADS + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
