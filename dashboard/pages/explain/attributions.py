"""Explanations and what is measured of them, made in threads that a visitor may watch and stop.

What is asked names everything that counts, so two visitors with the same question wait for the
same work, and what was made once is shown at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from alexnet_core.errors import CancelledError, ConfigError
from dashboard.common.work import QUICK, TICK, Pool, Table, Work, watcher

if TYPE_CHECKING:
    from alexnet_core.config import Config
    from alexnet_core.explanation.attribution import Explanation
    from alexnet_core.explanation.evaluation.metrics import Bench, Measured, QualityOptions
    from alexnet_core.explanation.target import Target
    from dashboard.common.passes.passes import Inside

T = TypeVar("T")

KEPT = 128
"""Explanations kept; one of the largest network weighs about 0.8 MB."""


@dataclass(frozen=True)
class Asked:
    """One question to one method, apart from the picture and the network."""

    method: str
    target: Target
    options: Config

    def text(self) -> str:
        """As in an address; `read` takes it apart again."""
        said = {
            "method": self.method,
            "target": self.target.model_dump(exclude_defaults=True),
            "options": self.options.model_dump(exclude_defaults=True),
        }
        return json.dumps(said, separators=(",", ":"), sort_keys=True)


def read(text: str) -> Asked:
    """What an address asks.

    Raises:
        ConfigError: it is no question, or a target or option is not allowed.
        UnknownNameError: there is no such method.
    """
    from alexnet_core.explanation.methods import registry
    from alexnet_core.explanation.target import Target

    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    parts = said if isinstance(said, dict) else {}
    target, options = parts.get("target"), parts.get("options")
    if not (isinstance(target, dict) and isinstance(options, dict)):
        raise ConfigError("asked", text[:80], "a method, a target and options as JSON")
    row = registry.get(str(parts.get("method")))
    return Asked(row.name, Target(**target), row.options(**options))


_EXPLAINED, _BENCHES = Table(KEPT), Table(4)
_MAKING = Table(KEPT, needed=lambda lock: bool(lock.locked()))
_WORKS = Table(64, needed=lambda work: not work.over)


def address(found: Inside) -> str:
    """What a pass is called in the addresses of this session, whose name stands behind the dot.

    So one visitor's stop is told from another's, who watches the same map.
    """
    return f"{found.token}.{watcher()}"


def begin(
    found: Inside,
    kind: str,
    asked: Hashable,
    function: Callable[[Work[T]], T],
    pool: Pool,
    by: str | None = None,
) -> Work[T]:
    """Start a piece of work on a pass, or join the one that is the same.

    Work that failed or was ended is begun anew. ``by`` wants it, the session at hand unless said
    otherwise.

    Raises:
        LabError: so much goes on that nothing more is begun.
    """
    key = (found.token, kind, asked)
    work: Work[T] = _WORKS.offer(
        key,
        lambda: Work(function, pool, by),
        lambda old: old.found is not None or not (old.over or old.cancelled()),
    )
    work.join(by)
    return work


def known(found: Inside, kind: str, asked: Hashable) -> Work[Any] | None:
    """The work of that name, if it was begun; also where it has ended."""
    work: Work[Any] | None = _WORKS.get((found.token, kind, asked))
    return work


def explanation(
    found: Inside,
    asked: Asked,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Explanation:
    """What a method says of the picture of a pass, computed once.

    A card and a trial that want the same map wait for each other.

    Raises:
        LabError: as `attribution.explain`.
    """
    from alexnet_core.explanation.attribution import explain

    key = (found.token, asked.text())
    making: threading.Lock = _MAKING.offer(key, threading.Lock, lambda _: True)
    while not making.acquire(timeout=TICK):
        if cancelled():
            raise CancelledError("The explanation was cancelled.")
    try:
        made: Explanation | None = _EXPLAINED.get(key)
        if made is None:
            made = explain(
                found.model,
                found.captured.pixels,
                asked.method,
                target=asked.target,
                options=asked.options,
                progress=progress,
                cancelled=cancelled,
            )
            _EXPLAINED.offer(key, lambda: made, lambda _: False)
        return made
    finally:
        making.release()


def measured(
    found: Inside,
    asked: Asked,
    options: QualityOptions,
    cancelled: Callable[[], bool] = lambda: False,
) -> Measured:
    """The figures of a map; what all maps of a target share is computed once.

    Raises:
        LabError: as `attribution.explain`.
    """
    made = explanation(found, asked, cancelled=cancelled)
    return bench(found, made, options).measure(made, cancelled)


def bench(found: Inside, made: Explanation, options: QualityOptions) -> Bench:
    """What the maps of this picture and target are measured with."""
    from alexnet_core.explanation.evaluation.metrics import Bench

    key = (found.token, made.target, options)
    fresh: Bench = _BENCHES.offer(
        key, lambda: Bench(found.model, made.pixels, made.target, options), lambda _: True
    )
    return fresh


def map_work(found: Inside, asked: Asked, by: str | None = None) -> Work[Explanation]:
    """The map of a card; begun anew where it failed or was ended."""
    return begin(
        found,
        "map",
        asked.text(),
        lambda work: explanation(found, asked, work.progress, work.cancelled),
        QUICK,
        by,
    )


def quality_work(found: Inside, asked: Asked, by: str | None = None) -> Work[Measured]:
    """The figures of a card: those that need no second explanation."""
    from alexnet_core.explanation.evaluation.metrics import QualityOptions

    options = QualityOptions(disturbed=0)
    return begin(
        found,
        "quality",
        asked.text(),
        lambda work: measured(found, asked, options, work.cancelled),
        QUICK,
        by,
    )
