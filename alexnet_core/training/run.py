"""A run from its config to its folder: data, training, checkpoints, result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.split_batches import Progress, load_split
from alexnet_core.data.transforms import Transform
from alexnet_core.evaluation.validate import Accuracy, validate
from alexnet_core.models import library
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.checkpoint import Card
from alexnet_core.runs import run_folder
from alexnet_core.training.config import RunConfig
from alexnet_core.training.distributed import Team
from alexnet_core.training.epoch_records import Pinned
from alexnet_core.training.learner import Learner
from alexnet_core.training.metrics import Metrics
from alexnet_core.training.run_data import load_training
from alexnet_core.training.run_record import Record, newest_card
from alexnet_core.training.step_reporter import Position
from alexnet_core.training.trainer import FinishedEpoch, train


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


def execute(
    config: RunConfig,
    *,
    run: str,
    on_metrics: Callable[[Metrics], None],
    on_decode: Progress | None = None,
    on_epoch: Callable[[FinishedEpoch], None] = lambda finished: None,
    on_note: Callable[[str], None] = lambda sentence: None,
    should_stop: Callable[[], bool] = lambda: False,
    revise: Callable[[int, RunConfig], RunConfig] = lambda step, config: config,
    before_checkpoint: Callable[[], None] = lambda: None,
    command: str = "",
    resume: bool = False,
    team: Team | None = None,
) -> RunSummary:
    """Train as the config says, into the folder ``runs/RUN`` of the lab's home.

    Of several processes that share a run only the leader calls this; the others `follow`.

    Args:
        config: the run.
        run: its name, from `naming.new_id`.
        on_metrics: called with the figures of every step and epoch.
        on_decode: called while pictures are decoded for the first time.
        on_epoch: called after each epoch, once its checkpoint is there.
        on_note: called with a sentence where a checkpoint was damaged.
        should_stop: asked before each step; on true the run is saved and ends.
        revise: may change settings while the run goes on; see `train`.
        before_checkpoint: called before each checkpoint appears.
        command: what a person typed, for the card.
        resume: go on from the newest checkpoint in ``runs/RUN``, if there is one.
        team: the processes that share the run.

    Raises:
        DatasetNotHereError, CheckpointError, DivergedError, DiskFullError, HomeError, ConfigError.
    """
    team = team or Team()
    dataset = datasets.open(config.dataset)
    folder = run_folder.root() / run
    config, network, transform = _begin(config, dataset, newest_card(folder) if resume else None)
    data = load_training(config, dataset, transform, on_decode, (team.rank, team.size))
    record = Record(run, config, dataset.card, transform, command, before_checkpoint)
    state, said = record.load_resume() if resume else (None, "")
    if said:
        on_note(said)
    if state is None:
        record.create()
    # The others come here once the pictures are decoded.
    team.wait()
    team.shared(state)
    pinned = Pinned(folder, data.validation, tuple(dataset.card.classes), transform)

    def keep_epoch(finished: FinishedEpoch, learner: Learner, position: Position) -> None:
        confusion = None if finished.accuracy is None else finished.accuracy.confusion
        pinned.keep(finished.metrics.epoch, learner.best_network, confusion)
        record.keep_epoch(finished, learner, position)
        on_epoch(finished)

    result = train(
        config,
        data,
        network=network,
        on_metrics=on_metrics,
        should_stop=should_stop,
        revise=revise,
        on_epoch=keep_epoch,
        on_save=record.keep_interrupted,
        resume=state,
        team=team,
    )
    test_top1 = None
    if result.reason != "stopped":
        best = library.load(f"run:{run}@{result.best_epoch}")
        metrics: dict[str, float] = {}
        if dataset.length("test"):
            accuracy = _test(best, config, dataset, transform)
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


def follow(config: RunConfig, *, run: str, team: Team) -> None:
    """Train beside the process that leads the run, and keep nothing.

    Raises:
        As `execute`.
    """
    dataset = datasets.open(config.dataset)
    card = newest_card(run_folder.of(run))
    config, network, transform = _begin(config, dataset, card)
    team.wait()
    data = load_training(config, dataset, transform, None, (team.rank, team.size))
    state = team.shared(None)
    train(
        config,
        data,
        network=network,
        on_metrics=lambda metrics: None,
        resume=state,
        team=team,
    )


def _test(
    model: library.LoadedModel, config: RunConfig, dataset: datasets.Dataset, transform: Transform
) -> Accuracy:
    # In float32, as `evaluate` measures: one network has one accuracy.
    plan = devices.plan(config.device, "fp32")
    plan.place(model.network)
    test = load_split(dataset, "test", transform, device=plan.device, workers=config.workers)
    return validate(model.network, test, plan)


def _begin(
    config: RunConfig, dataset: datasets.Dataset, card: Card | None
) -> tuple[RunConfig, AlexNet, Transform]:
    """The config with the set's classes, the network to start from, and its transform.

    With the card of a checkpoint that the run goes on from, all of it is that checkpoint's: what
    the run once started from may be gone by now.
    """
    if card is not None:
        config = config.replace(model=card.model)
        return config, build(config.model, config.seed), card.transform
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
