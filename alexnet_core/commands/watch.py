"""Watching a run from a terminal."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event
from types import FrameType
from typing import Any

from tqdm import tqdm

from alexnet_core.orchestration import agent, run_api
from alexnet_core.runs.records import Request, Run, RunStatus
from alexnet_core.runs.store import Store

LOOK = 0.3
"""Seconds between two looks at the store."""

_AGENT = 5.0
"""Seconds between two looks at whether the agent lives."""


def follow(run: str, *, stops: bool = True) -> Run:
    """Show a run with a progress bar until it ends or pauses; returns how it stands then.

    Args:
        run: its name.
        stops: whether Ctrl-C saves and stops the run, or leaves it alone and returns.
    """
    store = Store.open()
    shown = 0
    checked = 0.0
    bar: tqdm[Any] = tqdm(total=0, unit=" steps", dynamic_ncols=True, delay=0.5)
    with bar, _on_interrupt(partial(run_api.stop, run) if stops else None) as interrupted:
        while True:
            now = store.get(run)
            shown = _print_epochs(store, run, shown, bar)
            _update(bar, now)
            waits = now.status is RunStatus.PAUSED and now.requested is Request.PAUSE
            if now.status.ended or waits or (interrupted.is_set() and not stops):
                return now
            if time.monotonic() - checked > _AGENT:
                checked = time.monotonic()
                agent.ensure()
            time.sleep(LOOK)


def seconds(run: Run) -> float:
    """What the finished epochs of a run took, in all its attempts."""
    series = Store.open().series(run.id, ["epoch_seconds"]).get("epoch_seconds")
    return sum(series.value) if series else 0.0


def _update(bar: tqdm[Any], run: Run) -> None:
    if run.steps:
        bar.total = run.steps
        bar.set_description(f"epoch {run.epoch}/{run.epochs}", refresh=False)
    if run.train_loss is not None:
        bar.set_postfix_str(
            f"loss {run.train_loss:.3f}, {run.images_per_second or 0:.0f} img/s", refresh=False
        )
    elif run.reason:
        bar.set_description(run.reason, refresh=False)
    bar.n = run.step
    bar.refresh()


def _print_epochs(store: Store, run: str, after: int, bar: tqdm[Any]) -> int:
    """Print what is new of finished epochs; returns the last step that was looked at."""
    names = ["train/epoch_loss", "train/epoch_top1", "validation/loss", "validation/top1"]
    found = store.series(run, names, after=after)
    losses = found.get(names[0])
    if losses is None:
        return after
    columns = [found[name].value if name in found else [] for name in names]
    for number, epoch in enumerate(losses.epoch):
        line = f"epoch {epoch}: train loss {columns[0][number]:.4f}, "
        line += f"top-1 {columns[1][number]:.4f}"
        if number < len(columns[3]):
            line += f"; validation loss {columns[2][number]:.4f}, top-1 {columns[3][number]:.4f}"
        bar.write(line, file=sys.stderr)
    return losses.step[-1]


@contextmanager
def _on_interrupt(act: Callable[[], object] | None) -> Iterator[Event]:
    """Act on the first Ctrl-C; a second one leaves at once, and the run goes its way."""
    interrupted = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)
        if act is not None:
            print("Saving; press Ctrl-C again to leave at once.", file=sys.stderr)
            act()

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
