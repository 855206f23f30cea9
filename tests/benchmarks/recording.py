"""What a durable record costs: a logged step, a whole run, the reading of a long one.

    uv run python tests/benchmarks/recording.py

Three figures. Seconds of the training thread that logging one step takes, and of the whole
process with the writing; how much slower a run is with log, control, heartbeat and checkpoints
than the bare loop (epochs of `cifar10-quick` in turns, on drawn shapes of CIFAR-10's size); and
how long a run of 10,000 steps takes to read, whole and from a cursor.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time

from measure import interleave, report, say, summary

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.transforms import Transform
from alexnet_core.models.alexnet import build
from alexnet_core.orchestration.store_callback import StoreCallback
from alexnet_core.orchestration.store_watcher import StoreWatcher
from alexnet_core.runs.log import MetricLog
from alexnet_core.runs.records import MetricPoint, Run
from alexnet_core.runs.store import Store
from alexnet_core.training import recipes
from alexnet_core.training.callbacks import Callbacks, TrainingCallback
from alexnet_core.training.config import RunConfig
from alexnet_core.training.run_data import load_training
from alexnet_core.training.run_record import RunRecord
from alexnet_core.training.trainer import TrainingData, train
from alexnet_core.usage import Usage

STEPS = 10_000
NAMES = ("train/loss", "train/top1", "lr", "images_per_second")
PICTURES = 40_000


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["ALEXNET_LAB_HOME"] = home
        store = Store.open()
        report(
            "recording",
            {
                **_logging(store),
                **_reading(store),
                "slowdown": _slowdown(store, wanted.rounds),
            },
        )


def _logging(store: Store) -> dict[str, float]:
    store.add(_run("logged"))
    with MetricLog(store, "logged") as log:
        cpu, clock = time.process_time(), time.perf_counter()
        spent = 0.0
        for step in range(1, STEPS + 1):
            started = time.perf_counter()
            for name in NAMES:
                log.add(name, step=step, epoch=1, value=1.0 / step)
            log.progress({"step": step})
            spent += time.perf_counter() - started
            # Paced as a quick run is, so that the writer meets its usual half seconds.
            if step % 100 == 0:
                time.sleep(max(0.0, clock + step / 1_000 - time.perf_counter()))
        log.flush()
        cpu = time.process_time() - cpu
    return {
        "logging_ms_a_step": round(1_000 * spent / STEPS, 4),
        "logging_and_writing_cpu_ms_a_step": round(1_000 * cpu / STEPS, 4),
    }


def _reading(store: Store) -> dict[str, float]:
    store.add(_run("long"))
    store.log(
        "long", [MetricPoint(n, s, 1, 1.0 / s, s) for n in NAMES for s in range(1, STEPS + 1)]
    )

    def milliseconds(after: int) -> float:
        times = []
        for _ in range(7):
            started = time.perf_counter()
            store.series("long", ["train/loss"], after=after)
            times.append(time.perf_counter() - started)
        return round(1_000 * statistics.median(times), 2)

    return {"read_10000_points_ms": milliseconds(0), "read_last_30_ms": milliseconds(STEPS - 30)}


def _slowdown(store: Store, rounds: int) -> dict[str, object]:
    config = recipes.get("cifar10-quick").replace(
        dataset=f"shapes:size=32,train={PICTURES},test=10", epochs=1, seed=1
    )
    dataset = datasets.open(config.dataset)
    transform = Transform(input_size=32, mean=dataset.card.mean, std=dataset.card.std)
    data = load_training(config, dataset, transform, lambda done, total: None)
    numbers = iter(range(10_000))

    def bare() -> int:
        _train(config, data)
        return PICTURES

    def recorded() -> int:
        name = f"run-{next(numbers)}"
        store.add(_run(name))
        with (
            MetricLog(store, name) as log,
            StoreWatcher(store, name, log, Usage()) as watcher,
        ):
            record = RunRecord(name, config, dataset.card, transform, "")
            record.create()
            _train(config, data, Callbacks(record, StoreCallback(log, watcher, config.batch_size)))
            log.flush()
        return PICTURES

    found = summary(interleave({"bare": bare, "recorded": recorded}, rounds), "bare")
    say(str(devices.plan()))
    return found


def _train(config: RunConfig, data: TrainingData, callback: TrainingCallback | None = None) -> None:
    train(config, data, network=build(config.model, config.seed), callback=callback)


def _run(name: str) -> Run:
    return Run(id=name, lab="bench", recipe="x", dataset="x", config={}, created=time.time())


if __name__ == "__main__":
    main()
