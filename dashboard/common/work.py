"""One computation in a thread, which a visitor may watch and stop."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, Literal, TypeVar

from alexnet_core.errors import CancelledError, LabError

T = TypeVar("T")

State = Literal["going", "done", "cancelled", "failed"]

QUICK_PATIENCE, LONG_PATIENCE = 20.0, 300.0
"""Seconds after which work ends that nobody looks at any more: a card's, which its browser asks
for again and again, and a trial's, which waits while another part of the page is looked at."""

TICK = 0.1
"""Seconds between two looks whether waiting work is still wanted."""

QUICK, LONG = threading.Semaphore(2), threading.Semaphore(2)
"""How much goes on at once: maps and figures of cards; trials and levers, which take longer."""


class Work(Generic[T]):
    """One computation in a thread of its own."""

    def __init__(self, function: Callable[[Work[T]], T], slots: threading.Semaphore) -> None:
        self.done = self.total = 0
        """How far it is, in whatever it counts."""
        self.found: T | None = None
        self.error = ""
        """One sentence where it failed."""
        self._function: Callable[[Work[T]], T] | None = function
        self._slots = slots
        self._stop, self._ended = threading.Event(), threading.Event()
        self._patience = LONG_PATIENCE if slots is LONG else QUICK_PATIENCE
        self._watched = time.monotonic()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def state(self) -> State:
        """Where it stands."""
        if not self._ended.is_set():
            return "going"
        if self.found is not None:
            return "done"
        return "failed" if self.error else "cancelled"

    def watch(self, seconds: float = 0.0) -> State:
        """Wait so long for its end; work that nobody watches ends by itself."""
        self._watched = time.monotonic()
        self._ended.wait(seconds)
        return self.state

    def stop(self) -> None:
        """Ask for the end; it comes with the next step."""
        self._stop.set()

    def progress(self, done: int, total: int) -> None:
        """Say how far it is."""
        self.done, self.total = done, total

    def cancelled(self) -> bool:
        """Whether it is to end."""
        return self._stop.is_set() or time.monotonic() - self._watched > self._patience

    def _run(self) -> None:
        try:
            while not self._slots.acquire(timeout=TICK):
                if self.cancelled():
                    return
            assert self._function is not None
            try:
                self.found = self._function(self)
            finally:
                self._slots.release()
        except CancelledError:
            pass
        except LabError as error:
            self.error = str(error)
        except Exception as error:
            self.error = f"This failed unexpectedly: {error}"
            raise
        finally:
            # What it worked on is large, and the result may be kept for long.
            self._function = None
            self._ended.set()


class Store:
    """The newest things by name; the oldest go."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """The thing of that name, or None."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def offer(
        self, key: Hashable, make: Callable[[], Any], good: Callable[[Any], bool] = bool
    ) -> Any:
        """The thing of that name where it is still good, else a new one."""
        with self._lock:
            found = self._things.pop(key, None)
            if found is None or not good(found):
                found = make()
            self._things[key] = found
            while len(self._things) > self._most:
                self._things.popitem(last=False)
            return found
