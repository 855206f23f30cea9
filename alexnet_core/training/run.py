"""A run from its config to its folder: data, training, checkpoints, result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.split_batches import load_split
from alexnet_core.data.transforms import Transform
from alexnet_core.evaluation.validate import Accuracy, validate
from alexnet_core.models import library
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.checkpoint import Card
from alexnet_core.runs import run_folder
from alexnet_core.training.callbacks import Callbacks, TrainingCallback
from alexnet_core.training.config import RunConfig
from alexnet_core.training.distributed import Distributed
from alexnet_core.training.epoch_recorder import EpochRecorder
from alexnet_core.training.run_data import load_training
from alexnet_core.training.run_record import RunRecord, newest_card
from alexnet_core.training.trainer import train


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
    callback: TrainingCallback | None = None,
    command: str = "",
    resume: bool = False,
    distributed: Distributed | None = None,
) -> RunSummary:
    """Train as the config says, into the folder ``runs/RUN`` of the lab's home.

    Of several processes that share a run only the main one calls this; the others `follow`.

    Args:
        config: the run.
        run: its name, from `run_api.new_id`.
        callback: hears of all that happens; its `TrainingCallback.on_epoch` is called once the
            epoch's checkpoint is there.
        command: what a person typed, for the card.
        resume: go on from the newest checkpoint in ``runs/RUN``, if there is one.
        distributed: the processes that share the run.

    Raises:
        DatasetNotHereError, CheckpointError, DivergedError, DiskFullError, HomeError, ConfigError.
    """
    callback, distributed = callback or TrainingCallback(), distributed or Distributed()
    dataset = datasets.open(config.dataset)
    folder = run_folder.root() / run
    config, network, transform = _begin(config, dataset, newest_card(folder) if resume else None)
    part = distributed.rank, distributed.world_size
    data = load_training(config, dataset, transform, callback.on_decode, part)
    record = RunRecord(run, config, dataset.card, transform, command)
    state, said = record.load_resume() if resume else (None, "")
    if said:
        callback.on_note(said)
    if state is None:
        record.create()
    # The others come here once the pictures are decoded.
    distributed.barrier()
    distributed.broadcast(state)
    epochs = EpochRecorder(folder, data.validation, tuple(dataset.card.classes), transform)
    result = train(
        config,
        data,
        network=network,
        callback=Callbacks(epochs, record, callback),
        resume=state,
        distributed=distributed,
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


def follow(config: RunConfig, *, run: str, distributed: Distributed) -> None:
    """Train beside the main process of the run, and keep nothing.

    Raises:
        As `execute`.
    """
    dataset = datasets.open(config.dataset)
    card = newest_card(run_folder.of(run))
    config, network, transform = _begin(config, dataset, card)
    distributed.barrier()
    part = distributed.rank, distributed.world_size
    data = load_training(config, dataset, transform, None, part)
    state = distributed.broadcast(None)
    train(config, data, network=network, resume=state, distributed=distributed)


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
