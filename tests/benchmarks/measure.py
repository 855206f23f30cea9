"""What every benchmark shares: the machine it ran on, interleaving, and JSON on standard output."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import torch

from alexnet_core import devices


def report(name: str, figures: Mapping[str, Any]) -> None:
    """Print one JSON document."""
    device = devices.choose()
    document = {
        "benchmark": name,
        "date": date.today().isoformat(),
        "machine": devices.describe(device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": devices.plan().precision,
        **figures,
    }
    print(json.dumps(document, indent=2))


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def interleave(
    contestants: Mapping[str, Callable[[], int]], rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Units a second of each contestant, a round after another, so that all meet the same machine.

    Each contestant does some work and returns how many units (pictures, say) it was.
    """
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(warm_up + rounds):
        for name, work in contestants.items():
            started = time.perf_counter()
            units = work()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            speed = units / (time.perf_counter() - started)
            if turn >= warm_up:
                speeds[name].append(speed)
                say(f"round {turn - warm_up + 1}: {name} {speed:.1f}/s")
    return speeds


def summary(speeds: Mapping[str, Iterable[float]], baseline: str) -> dict[str, Any]:
    """Median speed of each, and the median over rounds of its ratio to the baseline."""
    of_baseline = list(speeds[baseline])
    return {
        name: {
            "per_second": round(statistics.median(values), 2),
            "ratio": round(
                statistics.median(
                    one / other for one, other in zip(values, of_baseline, strict=True)
                ),
                2,
            ),
        }
        for name, values in speeds.items()
    }


def endless(make: Callable[[int], Iterable[Any]]) -> Callable[[], Any]:
    """A function that gives the next batch, epoch after epoch; ``make`` takes the epoch."""
    epoch = 1
    batches = iter(make(epoch))

    def following() -> Any:
        nonlocal epoch, batches
        try:
            return next(batches)
        except StopIteration:
            epoch += 1
            batches = iter(make(epoch))
            return next(batches)

    return following
