"""The table of runs, for any number of viewers: each gets only the lines that changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from alexnet_core import home
from alexnet_core.runs.records import Run
from alexnet_core.runs.store import Store
from dashboard.common import http
from dashboard.pages.runs import live_metrics, wire

ALL = 5.0
"""Seconds between two looks at every run; in between only at those that have not ended."""

SPARK = 32
"""Points of a line's small curve."""


class Overview:
    """Every run of this lab, numbered by its last change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lab = ""
        self._born = time.time_ns()
        self._change = 0
        self._rows: dict[str, dict[str, Any]] = {}
        self._changed: dict[str, int] = {}
        self._order: list[str] = []
        self._ordered = 0
        self._sparks: dict[str, tuple[tuple[object, ...], list[float]]] = {}
        self._read_at = self._read_all_at = -ALL

    def since(self, version: str = "") -> dict[str, Any]:
        """The lines that changed after ``version``; all of them where it is empty or strange.

        ``order`` lists all runs, the newest first, where runs came or went; else it is null.

        Raises:
            ConfigError: it is of this server, but not one that it gave.
            StoreError: the store can't be read.
        """
        with self._lock:
            store = Store.open()
            if not version:
                # Somebody new must not have to wait for what only a full look shows.
                self._read_all_at = -ALL
            self._refresh(store)
            born, _, number = version.partition(".")
            known = http.whole_number("after", number) if born == str(self._born) else -1
            rows = [self._rows[run] for run in self._order if self._changed[run] > known]
            return {
                "version": f"{self._born}.{self._change}",
                "moving": any(row["moving"] for row in self._rows.values()),
                "order": self._order if self._ordered > known else None,
                "rows": rows,
            }

    def look_again(self) -> None:
        """Read every run the next time: something was changed by hand."""
        self._read_at = self._read_all_at = -ALL

    def _refresh(self, store: Store) -> None:
        now = time.monotonic()
        lab = f"{store.url} {home.lab()}"
        if lab != self._lab:
            self._rows, self._changed, self._order, self._sparks = {}, {}, [], {}
            self._lab, self._read_at, self._read_all_at = lab, -ALL, -ALL
        if now - self._read_at < live_metrics.FRESH:
            return
        living = {run for run, row in self._rows.items() if row["moving"]}
        runs: Sequence[Run]
        if now - self._read_all_at < ALL:
            runs = store.listing(lab=home.lab(), live=True)
            ended = living - {run.id for run in runs}
            everything = bool(ended)
        else:
            everything = True
        if everything:
            runs = store.listing(lab=home.lab())
            self._read_all_at = now
        self._take(store, runs, everything)
        self._read_at = now

    def _take(self, store: Store, runs: Sequence[Run], everything: bool) -> None:
        change = self._change + 1
        for run in runs:
            found = wire.row(run, self._spark(store, run))
            if self._rows.get(run.id) != found:
                self._rows[run.id], self._changed[run.id] = found, change
                self._change = change
        order = [run.id for run in runs]
        if not everything:
            order += [run for run in self._order if run not in set(order)]
            order.sort(key=lambda run: (self._rows[run]["created"], run), reverse=True)
        for gone in set(self._rows) - set(order):
            del self._rows[gone], self._changed[gone]
            self._sparks.pop(gone, None)
        if order != self._order:
            self._order, self._ordered, self._change = order, change, change

    def _spark(self, store: Store, run: Run) -> list[float]:
        """Validation accuracy by epoch, or where nothing was set apart that of training."""
        key = (run.attempts, run.epoch, run.status, run.best_epoch)
        known = self._sparks.get(run.id)
        if known is not None and known[0] == key:
            return known[1]
        names = ("validation/top1", "train/epoch_top1")
        series = store.series(run.id, names)
        values = next((series[name].value for name in names if name in series), [])
        if len(values) > SPARK:
            places = [round(at * (len(values) - 1) / (SPARK - 1)) for at in range(SPARK)]
            values = [values[place] for place in places]
        self._sparks[run.id] = key, values
        return values
