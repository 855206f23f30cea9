"""Metrics on their way to the store: logged at once, written by a thread of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from alexnet_core.errors import StoreError
from alexnet_core.runs.records import MetricPoint
from alexnet_core.runs.store import Store

INTERVAL = 0.5
"""Seconds between two writes."""


class MetricLog:
    """Collects the figures of one run and writes them every half second.

    Logging never waits for the database. While it can't be written the figures wait in memory
    and are tried again; `flush` is the one that waits.

    Usage::

        with MetricLog(store, run) as log:
            log.add("train/loss", step=1, epoch=1, value=2.3)
            log.flush()  # before a checkpoint that covers these steps appears
    """

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._run = store, run
        self._points: list[MetricPoint] = []
        self._progress: dict[str, Any] = {}
        self._collecting = threading.Lock()
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_writing, name="metrics", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._thread.join()
        # What fails here must not hide how the run ended; who must know calls `flush`.
        self._try()

    def add(self, name: str, *, step: int, epoch: int, value: float) -> None:
        """Log one figure."""
        point = MetricPoint(name, step, epoch, value, time.time())
        with self._collecting:
            self._points.append(point)

    def progress(self, fields: Mapping[str, Any]) -> None:
        """Fields of the run that go with what is logged, such as ``step``."""
        with self._collecting:
            self._progress.update(fields)

    def flush(self) -> None:
        """Write all that was logged before this call.

        Raises:
            StoreError: the database can't be written.
        """
        with self._writing:
            with self._collecting:
                points, self._points = self._points, []
                progress, self._progress = self._progress, {}
            if not points and not progress:
                return
            try:
                self._store.log(self._run, points, progress | {"heartbeat": time.time()})
            except BaseException:
                with self._collecting:
                    self._points = points + self._points
                    self._progress = progress | self._progress
                raise

    def _keep_writing(self) -> None:
        while not self._closing.wait(INTERVAL):
            self._try()

    def _try(self) -> None:
        try:
            self.flush()
        except StoreError:
            # They wait; the next write takes them along.
            return
