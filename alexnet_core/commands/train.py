"""Train a network."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Event
from types import FrameType
from typing import Any

from alexnet_core.commands.output import print_json, progress_bar
from alexnet_core.errors import ConfigError
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig


def train(wanted: Namespace) -> int:
    """Train as a recipe and the changes to it say; Ctrl-C saves and stops."""
    if wanted.resume is None:
        config = _config(wanted)
    elif wanted.recipe or wanted.dataset or wanted.set:
        raise ConfigError("--resume", wanted.resume, "no other option beside it")
    # The arguments are judged first, so that a typing error does not cost seconds of imports.
    from tqdm import tqdm

    from alexnet_core import devices
    from alexnet_core.training import run
    from alexnet_core.training.metrics import EpochMetrics, Metrics, StepMetrics

    if wanted.resume is not None:
        config = run.stored_config(wanted.resume)
    name = wanted.resume or run.new_id(config.recipe)
    plan = devices.plan(config.device, config.precision, config.compile)
    print(f"Run {name}: {plan}", file=sys.stderr)
    bar = tqdm(total=0, unit=" steps", dynamic_ncols=True, delay=0.5)

    def show(metrics: Metrics) -> None:
        if isinstance(metrics, StepMetrics):
            bar.set_description(f"epoch {metrics.epoch}/{config.epochs}", refresh=False)
            bar.set_postfix_str(
                f"loss {metrics.train_loss:.3f}, lr {metrics.lr:.3g}, "
                f"{metrics.images_per_second:.0f} img/s",
                refresh=False,
            )
            bar.total = metrics.steps
            bar.update(metrics.step - bar.n)
        elif isinstance(metrics, EpochMetrics):
            bar.write(_line(metrics), file=sys.stderr)

    with _stop_on_interrupt() as stop, bar, progress_bar("Decoding", " pictures") as decoding:
        summary = run.execute(
            config,
            run=name,
            on_metrics=show,
            on_decode=decoding,
            should_stop=stop.is_set,
            command=shlex.join(["alexnet-lab", *sys.argv[1:]]),
            resume=wanted.resume is not None,
        )
    if wanted.json:
        print_json(asdict(summary))
    else:
        print(f"{summary.reason} after {summary.seconds:.0f} s, best epoch {summary.best_epoch}")
        for split in ("validation", "test"):
            top1 = getattr(summary, f"{split}_top1")
            if top1 is not None:
                print(f"{split} top-1: {top1:.4f}")
        print(f"model: run:{name}")
    if summary.reason == "stopped":
        print(f"Saved; go on with: alexnet-lab train --resume {name}", file=sys.stderr)
        return 130
    return 0


def _config(wanted: Namespace) -> RunConfig:
    if wanted.recipe is None:
        raise ConfigError("--recipe", None, f"one of {', '.join(recipes.names())}")
    changes: dict[str, Any] = {}
    for setting in wanted.set:
        field, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError("--set", setting, "FIELD=VALUE, such as epochs=3")
        try:
            changes[field] = json.loads(text)
        except json.JSONDecodeError:
            changes[field] = text
    if wanted.dataset is not None:
        changes["dataset"] = wanted.dataset
    return recipes.get(wanted.recipe).replace(**changes)


def _line(metrics: Any) -> str:
    line = f"epoch {metrics.epoch}: train loss {metrics.train_loss:.4f}, "
    line += f"top-1 {metrics.train_top1:.4f}"
    if metrics.validation_top1 is not None:
        line += f"; validation loss {metrics.validation_loss:.4f}, "
        line += f"top-1 {metrics.validation_top1:.4f}"
    return f"{line}; {metrics.images_per_second:.0f} img/s, {metrics.seconds_left:.0f} s left"


@contextmanager
def _stop_on_interrupt() -> Iterator[Event]:
    """An event that the first Ctrl-C sets; a second one interrupts at once."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        print("Saving; press Ctrl-C again to leave at once.", file=sys.stderr)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
