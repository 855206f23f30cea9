"""A run from its config to its folder: data, training, checkpoints, result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from alexnet_core import devices, home
from alexnet_core.data import datasets
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import UnknownNameError
from alexnet_core.models import library
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.training.config import RunConfig
from alexnet_core.training.metrics import Metrics
from alexnet_core.training.record import Record
from alexnet_core.training.splits import Progress, load_split, load_training
from alexnet_core.training.trainer import train
from alexnet_core.training.validation import validate


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """How a run ended; accuracies are None where there was no such split or no finished epoch."""

    run: str
    reason: Literal["finished", "stopped", "early"]
    best_epoch: int
    validation_top1: float | None
    test_top1: float | None
    seconds: float
    """What its finished epochs took, validation included."""


def new_id(recipe: str) -> str:
    """A run's name: when it began, its recipe, and four letters against a clash."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{recipe}-{uuid4().hex[:4]}"


def execute(
    config: RunConfig,
    *,
    run: str,
    on_metrics: Callable[[Metrics], None],
    on_decode: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    command: str = "",
    resume: bool = False,
) -> RunSummary:
    """Train as the config says, into the folder ``runs/RUN`` of the lab's home.

    Args:
        config: the run.
        run: its name, from `new_id`.
        on_metrics: called with the figures of every step and epoch.
        on_decode: called while pictures are decoded for the first time.
        should_stop: asked before each step; on true the run is saved and ends.
        command: what a person typed, for the card.
        resume: go on from what ``runs/RUN`` holds.

    Raises:
        DatasetNotHereError, CheckpointError, DivergedError, DiskFullError, HomeError, ConfigError.
    """
    dataset = datasets.open(config.dataset)
    config, network, transform = _begin(config, dataset)
    data = load_training(config, dataset, transform, on_decode)
    record = Record(run, config, dataset.card, transform, command)
    if resume:
        state = record.load_resume()
    else:
        state = None
        record.create()
    result = train(
        config,
        data,
        network=network,
        on_metrics=on_metrics,
        should_stop=should_stop,
        on_epoch=record.keep_epoch,
        on_stop=record.keep_interrupted,
        resume=state,
    )
    test_top1 = None
    if result.reason != "stopped":
        best = library.load(f"run:{run}@{result.best_epoch}")
        metrics: dict[str, float] = {}
        if dataset.length("test"):
            plan = devices.plan(config.device, config.precision)
            plan.place(best.network)
            test = load_split(
                dataset, "test", transform, device=plan.device, workers=config.workers
            )
            accuracy = validate(best.network, test, plan)
            test_top1 = accuracy.top1
            metrics = {"test_top1": accuracy.top1, "test_top5": accuracy.top5}
        record.keep_result(result.best_epoch, metrics)
    return RunSummary(
        run=run,
        reason=result.reason,
        best_epoch=result.best_epoch,
        validation_top1=result.best_top1,
        test_top1=test_top1,
        seconds=record.seconds,
    )


def stored_config(run: str) -> RunConfig:
    """The config of a run in the lab's home.

    Raises:
        UnknownNameError: there is no such run.
    """
    runs = home.home() / "runs"
    path = runs / run / "config.json"
    if not path.is_file():
        raise UnknownNameError(
            "run", run, sorted(p.parent.name for p in runs.glob("*/config.json"))
        )
    return RunConfig.from_json(path.read_bytes())


def _begin(config: RunConfig, dataset: datasets.Dataset) -> tuple[RunConfig, AlexNet, Transform]:
    """The config with the set's classes, the network to start from, and its transform."""
    classes = len(dataset.card.classes)
    if config.start_from is None:
        config = config.replace(**{"model.num_classes": classes})
        transform = Transform(
            input_size=config.model.input_size,
            resize=config.model.input_size + config.augmentation.crop_margin,
            mean=dataset.card.mean,
            std=dataset.card.std,
        )
        return config, build(config.model, config.seed), transform
    source = library.load(config.start_from)
    config = config.replace(model=source.config.replace(num_classes=classes))
    network = build(config.model, config.seed)
    known = source.network.state_dict()
    if source.categories != tuple(dataset.card.classes):
        # Other classes need fresh answers: the last layer keeps its first weights.
        last = config.model.layers()[-1].name
        known = {name: value for name, value in known.items() if not name.startswith(f"{last}.")}
    network.load_state_dict(known, strict=False)
    return config, network, source.transform
