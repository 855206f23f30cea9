"""Parts of a figure's points."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np

from alexnet_core.runs.records import Series


def thinned(series: Series, most: int) -> Series:
    """At most ``most`` points: of each stretch its first, last, lowest and highest."""
    count = len(series.step)
    if count <= most:
        return series
    values = np.asarray(series.value, dtype=np.float64)
    unknown = np.isnan(values)
    low, high = np.where(unknown, np.inf, values), np.where(unknown, -np.inf, values)
    edges = np.linspace(0, count, most // 4 + 1).astype(int).tolist()
    kept: set[int] = set()
    for start, end in zip(edges, edges[1:], strict=False):
        lowest, highest = int(low[start:end].argmin()), int(high[start:end].argmax())
        kept |= {start, start + lowest, start + highest, end - 1}
    return _pick(series, sorted(kept))


def behind(series: Series, start: int) -> Series:
    """The points from a place on."""
    return Series(
        series.step[start:], series.epoch[start:], series.value[start:], series.time[start:]
    )


def until(series: Series, step: float) -> Series:
    """The points up to a step."""
    end = bisect_right(series.step, step)
    return Series(series.step[:end], series.epoch[:end], series.value[:end], series.time[:end])


def _pick(series: Series, places: Iterable[int]) -> Series:
    rows = [(series.step[at], series.epoch[at], series.value[at], series.time[at]) for at in places]
    return Series(*(list(column) for column in zip(*rows, strict=True)))
