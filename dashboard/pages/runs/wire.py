"""Runs and figures as the browser gets them: JSON without what it can work out by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alexnet_core.runs.records import Run, Series
from dashboard.pages.runs import live_metrics, run_status

DIGITS = 5
"""Significant digits of a figure: more than a screen can show."""


def brief(run: Run) -> dict[str, Any]:
    """What changes while a run goes on."""
    return {
        "id": run.id,
        "status": run.status,
        "requested": run.requested,
        "moving": run_status.moving(run),
        "reason": run.reason,
        "silent": run_status.silence(run),
        "attempts": run.attempts,
        "epoch": run.epoch,
        "epochs": run.epochs,
        "step": run.step,
        "steps": run.steps,
        "seconds_left": _short(run.seconds_left),
        # Zero is what the last look gives, when there is nothing left to do.
        "images_per_second": _short(run.images_per_second or None),
        "train_loss": _short(run.train_loss),
        "best_epoch": run.best_epoch,
        "best_validation_top1": _short(run.best_validation_top1),
        "test_top1": _short(run.test_top1),
    }


def row(run: Run, spark: Sequence[float]) -> dict[str, Any]:
    """A line of the table of runs; ``spark`` is its accuracy epoch by epoch."""
    return brief(run) | {
        "recipe": run.recipe,
        "dataset": run.dataset,
        "device": run.device,
        "group": run.group,
        "tags": list(run.tags),
        "notes": run.notes,
        "owner": run.owner,
        "created": round(run.created, 3),
        "spark": [_short(value) for value in spark],
    }


def news(found: live_metrics.News) -> dict[str, Any]:
    """What a chart gets: the run, its edits and its new figures."""
    return {
        "run": brief(found.run) | {"created": round(found.run.created, 3)},
        "attempt": found.run.attempts,
        "cursor": found.cursor,
        "whole": found.whole,
        "state": found.state,
        "edits": [
            {"number": edit.number, "settings": dict(edit.settings), "step": edit.step}
            for edit in found.edits
        ],
        "points": {name: columns(series) for name, series in found.points.items()},
    }


def columns(series: Series) -> dict[str, list[Any]]:
    """A figure as columns.

    Steps, epochs and times (in milliseconds) are given as differences: the first as it is, every
    other minus the one before. A value that is no number is null.
    """
    return {
        "step": list(_differences(series.step)),
        "epoch": list(_differences(series.epoch)),
        "time": list(_differences(round(1000 * moment) for moment in series.time)),
        "value": [_short(value) for value in series.value],
    }


def _differences(numbers: Iterable[int]) -> Iterator[int]:
    before = 0
    for number in numbers:
        yield number - before
        before = number


def _short(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")
