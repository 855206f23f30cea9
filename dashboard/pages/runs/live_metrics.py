"""What is new in runs, for any number of viewers: the store is asked once for all of them."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from alexnet_core import home
from alexnet_core.errors import ConfigError
from alexnet_core.runs.records import Edit, Run, Series
from alexnet_core.runs.store import Store
from dashboard.pages.runs import downsampling, run_status

PER_STEP = ("train/loss", "train/top1", "lr", "images_per_second")
PER_EPOCH = (
    "train/epoch_loss",
    "train/epoch_top1",
    "validation/loss",
    "validation/top1",
    "validation/top5",
    "epoch_seconds",
)
OF_MACHINE = ("system/cpu", "system/memory", "system/gpu", "system/gpu_memory")
NAMES = (*PER_STEP, *PER_EPOCH, *OF_MACHINE)

FRESH = 0.4
"""Seconds for which what was read counts as new."""

SAMPLED = 2.0
"""Seconds between two looks that a worker takes at its machine."""

SELDOM = 5.0
"""Seconds between two looks for figures of an epoch in the middle of one."""

TAIL = 500
"""Steps behind a run's newest that are kept at hand; a viewer further behind gets all anew."""

MOST_POINTS = 20_000
"""Points of one figure sent at most; of a longer one the extremes are kept."""

_LONGEST_STEP = 18
"""Digits of a step, far beyond what a run reaches."""

MOST_WATCHED = 32
"""Runs whose tails are kept."""


@dataclass(frozen=True)
class News:
    """A run as it stands and its figures since a cursor."""

    run: Run
    edits: tuple[Edit, ...]
    state: str
    """One word that changes when a page about the run has something else to show."""
    points: Mapping[str, Series]
    cursor: str
    """Where the figures end; to be handed in the next time."""
    whole: bool
    """Whether these are all figures, which replace what a viewer had."""


class Feed:
    """Hands out the news of single runs."""

    def __init__(self) -> None:
        self._watched: OrderedDict[str, _Watched] = OrderedDict()
        self._lock = threading.Lock()

    def since(self, run: str, cursor: str = "", attempt: int = 0) -> News:
        """Everything behind ``cursor``; all figures where it is empty, old or of another attempt.

        Raises:
            UnknownNameError: there is no such run.
            ConfigError: the cursor counts further than any run goes.
            StoreError: the store can't be read.
        """
        watched = self._watch(run)
        with watched.lock:
            watched.refresh()
            known = (watched.run, watched.edits, watched.state)
            found, rewinds = watched.run, watched.rewinds
            begin = dict(watched.complete_after)
            seen = _parsed(cursor)
            if attempt == found.attempts and seen is not None and seen[0] == rewinds:
                ends = dict(zip(NAMES, seen[1:], strict=True))
                behind = watched.behind(ends)
                if behind is not None:
                    ends |= {name: series.step[-1] for name, series in behind.items()}
                    return News(*known, behind, _cursor(rewinds, ends), whole=False)
        points = {
            name: series
            for name, every in watched.store.series(run, NAMES).items()
            if (series := downsampling.until(every, _reached(found))).step
        }
        # A figure whose newest point is older than the tail has all that come in the tail.
        newest = {name: series.step[-1] for name, series in points.items()}
        ends = {name: max(step, newest.get(name, 0)) for name, step in begin.items()}
        points = {
            name: downsampling.thinned(series, MOST_POINTS) for name, series in points.items()
        }
        return News(*known, points, _cursor(rewinds, ends), whole=True)

    def _watch(self, run: str) -> _Watched:
        with self._lock:
            key = f"{home.home()} {run}"
            if key not in self._watched:
                # Opened once: that looks whether the home can be written, which takes a while.
                self._watched[key] = _Watched(run, Store.open())
            found = self._watched[key]
            self._watched.move_to_end(key)
            while len(self._watched) > MOST_WATCHED:
                self._watched.popitem(last=False)
            return found


@dataclass
class _Watched:
    """The newest figures of a run."""

    name: str
    store: Store
    lock: threading.Lock = field(default_factory=threading.Lock)
    edits: tuple[Edit, ...] = ()
    state: str = ""
    tails: dict[str, Series] = field(default_factory=dict)
    complete_after: dict[str, int] = field(default_factory=dict)
    """The step behind which the tail of a figure has every point."""
    rewinds: int = 0
    """How often the run went on from an earlier step than it had reached."""
    _run: Run | None = None
    _read_at: float = -FRESH
    _looked_at: dict[str, float] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        assert self._run is not None
        return self._run

    def refresh(self) -> None:
        """Read what is new, unless somebody just did."""
        now = time.monotonic()
        if now - self._read_at < FRESH:
            return
        before, run = self._run, self.store.get(self.name)
        if not run.status.live or self._is_due("edits", now, SAMPLED):
            self.edits = self.store.edits(self.name)
        self._run = run
        rewound = before is not None and run.step < before.step
        if before is None or rewound or before.attempts != run.attempts:
            self._start_over(rewound)
        self._extend(PER_STEP)
        if not run.status.live or self._is_due("machine", now, SAMPLED):
            self._extend(OF_MACHINE)
        pause = 0.0 if self._epoch_may_have_ended() else SELDOM
        if not run.status.live or self._is_due("epochs", now, pause):
            self._extend(PER_EPOCH)
        self.state = run_status.state(self.run, self.edits)
        self._read_at = now

    def behind(self, last: Mapping[str, int]) -> dict[str, Series] | None:
        """The points behind a step of each figure; None where the tails do not reach back."""
        found = {}
        for name, step in last.items():
            if step < self.complete_after[name]:
                return None
            tail = self.tails.get(name)
            if tail is not None and tail.step[-1] > step:
                found[name] = downsampling.behind(tail, bisect_right(tail.step, step))
        return found

    def _is_due(self, what: str, now: float, pause: float) -> bool:
        """Whether the last look at something was so many seconds ago."""
        due = now - self._looked_at.get(what, -math.inf) >= pause
        if due:
            self._looked_at[what] = now
        return due

    def _epoch_may_have_ended(self) -> bool:
        """Whether there can be figures of an epoch that are not in the tails."""
        run = self.run
        known = max(
            (tail.epoch[-1] for name in PER_EPOCH if (tail := self.tails.get(name))), default=0
        )
        last_step = run.step * run.epochs >= run.epoch * run.steps
        return last_step or known < run.epoch - 1

    def _start_over(self, rewound: bool) -> None:
        self.rewinds += rewound
        self.tails.clear()
        self._looked_at.clear()
        begin = max(self.run.step - TAIL, 0)
        # A run has few epochs; all of them stay at hand.
        self.complete_after = {name: 0 if name in PER_EPOCH else begin for name in NAMES}

    def _extend(self, names: tuple[str, ...]) -> None:
        ends = [self.tails[name].step[-1] for name in names if name in self.tails]
        # One step more: a figure may come a moment after the others of its step.
        behind = min(ends) - 1 if ends else self.complete_after[names[0]]
        for name, series in self.store.series(self.name, names, after=behind).items():
            tail = self.tails.setdefault(name, Series())
            start = bisect_right(series.step, tail.step[-1]) if tail.step else 0
            end = bisect_right(series.step, _reached(self.run))
            for column in ("step", "epoch", "value", "time"):
                getattr(tail, column).extend(getattr(series, column)[start:end])
            if not tail.step:
                del self.tails[name]
            elif names is not PER_EPOCH and len(tail.step) > 4 * TAIL:
                self.complete_after[name] = tail.step[-2 * TAIL - 1]
                self.tails[name] = downsampling.behind(tail, len(tail.step) - 2 * TAIL)


def _reached(run: Run) -> float:
    """The step that a run has reached: figures beyond it are of an attempt that died.

    A run that has not begun may have figures too, those of the run that it branched from.
    """
    return run.step or math.inf


def _cursor(rewinds: int, ends: Mapping[str, int]) -> str:
    return ".".join(str(number) for number in (rewinds, *(ends.get(name, 0) for name in NAMES)))


def _parsed(cursor: str) -> tuple[int, ...] | None:
    parts = cursor.split(".")
    if len(parts) != len(NAMES) + 1 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    if max(map(len, parts)) > _LONGEST_STEP:
        raise ConfigError("after", cursor[:80], "the cursor of an earlier answer")
    return tuple(int(part) for part in parts)
