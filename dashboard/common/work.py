"""Computations behind a page, which visitors watch and stop.

A `Pool` has a fixed number of threads and takes `Work` in the order in which it came. Two
visitors who want the same thing watch one piece of work: who stops it only leaves it, and it ends
when nobody watches any more. A `Table` finds work and its results again by name.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any, Generic, Literal, TypeVar

from alexnet_core.errors import CancelledError, LabError
from dashboard.common import compat

T = TypeVar("T")

State = Literal["going", "done", "cancelled", "failed"]

TICK = 0.1
"""Seconds between two looks of somebody who waits for another's work."""

_SECRET = secrets.token_bytes(16)
_LOG = logging.getLogger(__name__)


def watcher() -> str:
    """The name of the session whose script runs here, for those who count watchers.

    It may stand in an address: nobody learns the session from it.
    """
    session = compat.session_id().encode()
    return hashlib.blake2b(session, key=_SECRET, digest_size=6).hexdigest()


class Pool:
    """A fixed number of threads for one kind of work.

    Args:
        name: of its threads.
        threads: how much goes on at once.
        patience: seconds after which work ends that nobody looks at any more.
    """

    def __init__(self, name: str, threads: int, patience: float) -> None:
        self.patience = patience
        self._name, self._most = name, threads
        self._threads: list[threading.Thread] = []
        self._waiting: deque[Work[Any]] = deque()
        self._idle = 0
        self._changed = threading.Condition()

    def add(self, work: Work[Any]) -> None:
        """Let it begin when a thread is free."""
        with self._changed:
            self._waiting.append(work)
            if self._idle < len(self._waiting) and len(self._threads) < self._most:
                thread = threading.Thread(
                    target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def withdraw(self, work: Work[Any]) -> bool:
        """Take work out again; False where it has begun."""
        with self._changed:
            if work not in self._waiting:
                return False
            self._waiting.remove(work)
            return True

    def before(self, work: Work[Any]) -> int:
        """How much has to begin before it; 0 where it has begun."""
        with self._changed:
            return self._waiting.index(work) + 1 if work in self._waiting else 0

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._idle += 1
                while not self._waiting:
                    self._changed.wait()
                self._idle -= 1
                work = self._waiting.popleft()
            work.run()
            # What it found may be large, and this thread may wait for long.
            del work


QUICK = Pool("quick", 2, patience=20.0)
"""Maps and figures of cards, which their browser asks for again and again."""

LONG = Pool("long", 2, patience=300.0)
"""Trials and levers, which wait while another part of the page is looked at."""


class Work(Generic[T]):
    """One computation in a pool.

    Args:
        function: gets this object, to say how far it is and to hear whether it is to end.
        pool: whose thread does it.
        by: who wants it, the session at hand unless said otherwise.
    """

    def __init__(self, function: Callable[[Work[T]], T], pool: Pool, by: str | None = None) -> None:
        self.done = self.total = 0
        """How far it is, in whatever it counts."""
        self.found: T | None = None
        self.error = ""
        """One sentence where it failed."""
        self._function: Callable[[Work[T]], T] | None = function
        self._pool = pool
        self._stop, self._ended = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._watchers: dict[str, float] = {}
        self._left: set[str] = set()
        self.join(by)
        pool.add(self)

    @property
    def state(self) -> State:
        """Where it stands for the session at hand."""
        return self._state(watcher())

    @property
    def over(self) -> bool:
        """Whether it goes on for nobody."""
        return self._ended.is_set()

    @property
    def before(self) -> int:
        """How much has to begin before it; 0 where it has begun."""
        return self._pool.before(self)

    def join(self, by: str | None = None) -> None:
        """Want it, also after having left it."""
        name = watcher() if by is None else by
        with self._lock:
            self._left.discard(name)
            now = time.monotonic()
            # Who has not looked for long does not count, and need not be remembered.
            fresh = {at: seen for at, seen in self._watchers.items() if self._is_fresh(seen, now)}
            self._watchers = fresh | {name: now}

    def watch(self, seconds: float = 0.0, by: str | None = None) -> State:
        """Wait so long for its end; work that nobody watches ends by itself."""
        name = watcher() if by is None else by
        with self._lock:
            if name not in self._left:
                self._watchers[name] = time.monotonic()
        if name not in self._left:
            self._ended.wait(seconds)
        return self._state(name)

    def stop(self, by: str | None = None) -> None:
        """Leave it; where nobody else watches it ends, with the next step."""
        name = watcher() if by is None else by
        with self._lock:
            self._watchers.pop(name, None)
            self._left.add(name)
            wanted = self._is_watched()
        if not wanted:
            self._stop.set()
            if self._pool.withdraw(self):
                self._end()

    def progress(self, done: int, total: int) -> None:
        """Say how far it is."""
        self.done, self.total = done, total

    def cancelled(self) -> bool:
        """Whether it is to end."""
        with self._lock:
            return self._stop.is_set() or not self._is_watched()

    def run(self) -> None:
        """Do it, in a thread of the pool."""
        try:
            if not self.cancelled():
                assert self._function is not None
                self.found = self._function(self)
        except CancelledError:
            pass
        except LabError as error:
            self.error = str(error)
        except Exception as error:
            self.error = f"This failed unexpectedly: {error}"
            _LOG.error("Work behind a page failed", exc_info=error)
        finally:
            self._end()

    def _state(self, name: str) -> State:
        if not self._ended.is_set():
            # Who left it while others go on watching has no more to do with it.
            alone = self._stop.is_set() or name not in self._left
            return "going" if alone else "cancelled"
        if self.found is not None:
            return "done"
        return "failed" if self.error else "cancelled"

    def _is_watched(self) -> bool:
        now = time.monotonic()
        return any(self._is_fresh(seen, now) for seen in self._watchers.values())

    def _is_fresh(self, seen: float, now: float) -> bool:
        return now - seen <= self._pool.patience

    def _end(self) -> None:
        # What it worked on is large, and the result may be kept for long.
        self._function = None
        self._ended.set()


class Table:
    """Things by name: of more than ``most`` the oldest go, but none that is still needed.

    Args:
        most: how many are kept.
        needed: whether a thing has to stay, such as work that goes on.
    """

    def __init__(self, most: int, needed: Callable[[Any], bool] = lambda thing: False) -> None:
        self._most, self._needed = most, needed
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
        """The thing of that name where it is still good, else a new one.

        Raises:
            LabError: all that is kept is needed, so there is no room for one more.
        """
        with self._lock:
            found = self._things.get(key)
            if found is None or not good(found):
                self._make_room(key)
                found = self._things[key] = make()
            self._things.move_to_end(key)
            return found

    def _make_room(self, key: Hashable) -> None:
        self._things.pop(key, None)
        for old in list(self._things):
            if len(self._things) < self._most:
                return
            if not self._needed(self._things[old]):
                del self._things[old]
        if len(self._things) >= self._most:
            raise LabError(
                f"The lab computes {self._most} things for its visitors already; try again soon."
            )
