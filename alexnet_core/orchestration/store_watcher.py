"""Watches the store for a run that trains, and the machine: requests, edits, load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from alexnet_core.errors import StoreError, UnknownNameError
from alexnet_core.runs.log import MetricLog
from alexnet_core.runs.records import Edit, Request
from alexnet_core.runs.store import Store
from alexnet_core.training.config import RunConfig
from alexnet_core.usage import Usage

POLL = 0.5
"""Seconds between two looks at the store."""

SAMPLE = 2.0
"""Seconds between two looks at the machine."""


class StoreWatcher:
    """Brings to a run what reaches it from outside, by a thread of its own.

    Args:
        store: where requests come in.
        run: the run's name.
        log: takes what the machine is doing.
        usage: looks at the machine; None for no looks.
        on_request: called when the run is asked to stop, pause or, after all, run.
    """

    def __init__(
        self,
        store: Store,
        run: str,
        log: MetricLog,
        usage: Usage | None = None,
        on_request: Callable[[Request], None] = lambda requested: None,
    ) -> None:
        self._store, self._run, self._log, self._usage = store, run, log, usage
        self._on_request = on_request
        self._edits = store.edits(run)
        self._taken = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="store-watcher", daemon=True)
        self._requested = Request.RUN
        self.step, self.epoch = 0, 0

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

    def revise(self, step: int, config: RunConfig) -> RunConfig:
        """The config from this step on, edits included.

        An edit that was applied before a crash holds again from the very step it held from, so
        that what is computed again comes out the same.
        """
        edits = self._edits
        while self._taken < len(edits):
            edit = edits[self._taken]
            if edit.step is not None and edit.step > step:
                break
            if edit.step is None and not self._say_applied(edit, step):
                break
            config = config.replace(**edit.settings)
            self._taken += 1
        return config

    def _say_applied(self, edit: Edit, step: int) -> bool:
        """Written before it holds: a crash in between must not lose from where it held."""
        try:
            self._store.apply_edit(self._run, edit.number, step)
        except StoreError:
            # The next step asks again.
            return False
        return True

    def _watch(self) -> None:
        sampled = time.monotonic()
        while not self._closing.wait(POLL):
            if self._usage is not None and time.monotonic() - sampled >= SAMPLE:
                sampled = time.monotonic()
                for name, value in self._usage.sample().items():
                    self._log.add(name, step=self.step, epoch=self.epoch, value=value)
            try:
                requested = self._store.get(self._run).requested
                self._edits = self._store.edits(self._run)
            except StoreError:
                continue
            except UnknownNameError:
                # It was deleted; nobody waits for it.
                requested = Request.STOP
            if requested is not self._requested:
                self._requested = requested
                self._on_request(requested)
