"""What looking inside costs: keeping every layer's output, ranking all units, making a picture.

    uv run python tests/benchmarks/inspection.py --dataset cifar10

Three figures. How much longer a forward pass takes that keeps every layer's output than one that
only answers (in turns; the goal is at most 1.3 times). How long the strongest patches of all units
of the shipped network take to find over a whole data set, with the memory that it takes (the goal
for CIFAR-10's 10,000 test pictures is two minutes on two cores). And how long a picture takes that
is made for one unit.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import interleave, report, say, summary

from alexnet_core import home
from alexnet_core.data import datasets
from alexnet_core.inspection import feature_visualization, unit_ranking
from alexnet_core.inspection.capture import capture
from alexnet_core.models import library

SHIPPED = "bundled:cifar10"
UNITS = (("conv3", 7), ("relu5", 7), ("fc8", 1))


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--models", nargs="+", default=[SHIPPED, "random:alexnet-2012"])
    wanted = parser.parse_args()
    report(
        "inspection",
        {
            # First, while nothing else has had this process's memory.
            "rank_all_units": _rank(wanted.dataset),
            "capture": {name: _capture(name, wanted.rounds) for name in wanted.models},
            "picture_for_a_unit_seconds": _visualizations(),
        },
    )


def _capture(reference: str, rounds: int) -> dict[str, Any]:
    model = library.load(reference)
    side = model.config.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    passes = max(2, 20_000 // side**2)

    def forward() -> int:
        for _ in range(passes):
            with model.lock, torch.inference_mode():
                device = next(model.network.parameters()).device
                batch = model.transform.normalise(torch.from_numpy(pixels)[None].to(device))
                model.network(batch)[0].float().softmax(0).cpu().numpy()
        return passes

    def captured() -> int:
        for _ in range(passes):
            capture(model, pixels)
        return passes

    speeds = interleave({"forward": forward, "capture": captured}, rounds)
    ratios = [one / other for one, other in zip(*speeds.values(), strict=True)]
    return {
        "pictures_per_second": summary(speeds, "forward"),
        "capture_over_forward": round(statistics.median(ratios), 3),
    }


def _rank(name: str) -> dict[str, Any]:
    own = home.home() / "datasets"
    model = library.load(SHIPPED)
    with tempfile.TemporaryDirectory() as empty:
        # A home that knows the data sets and no ranking.
        os.environ["ALEXNET_LAB_HOME"] = empty
        own.mkdir(parents=True, exist_ok=True)
        (Path(empty) / "datasets").symlink_to(own)
        pictures = datasets.open(name).length("test")
        before = _peak()
        started, cpu = time.perf_counter(), time.process_time()
        found = unit_ranking.rank(model, name, progress=lambda done, total: say(f"{done}/{total}"))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        stored = sum(path.stat().st_size for path in (Path(empty) / "inspection").iterdir())
        started = time.perf_counter()
        unit_ranking.load(model, name)
        loading = time.perf_counter() - started
    return {
        "dataset": name,
        "pictures": pictures,
        "units": sum(len(ranks.values) for ranks in found.layers.values()),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "most_memory_before_mb": before,
        "most_memory_after_mb": _peak(),
        "stored_mb": round(stored / 1e6, 2),
        "load_ms": round(1_000 * loading, 2),
    }


def _visualizations() -> dict[str, float]:
    model = library.load(SHIPPED)
    seconds = {}
    for layer, unit in UNITS:
        started = time.perf_counter()
        for shown in feature_visualization.visualize(model, layer, unit):
            say(f"{layer} {unit}: step {shown.step}, {shown.value:.2f}")
        seconds[f"{layer} {unit}"] = round(time.perf_counter() - started, 2)
    return seconds


def _peak() -> float:
    """The most memory that this process has had, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000, 1)


if __name__ == "__main__":
    main()
