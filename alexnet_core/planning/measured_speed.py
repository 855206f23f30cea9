"""How fast a run would be here: a few real steps of its network on random pictures."""

from __future__ import annotations

import statistics
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from alexnet_core import devices
from alexnet_core.data.batches import MemoryBatches
from alexnet_core.data.transforms import Transform
from alexnet_core.devices import ComputePlan
from alexnet_core.errors import TrainingError
from alexnet_core.models.alexnet import build
from alexnet_core.planning.memory_estimate import memory, room
from alexnet_core.training.config import RunConfig, ScheduleConfig
from alexnet_core.training.learner import Learner

PATIENCE = 2.0
"""Seconds that a measurement takes, beside building the network."""

SMALLEST = 2
MOST_STEPS = 12
MOST_KEPT = 512
"""Measurements remembered by this process."""

_kept: OrderedDict[RunConfig, Speed] = OrderedDict()
# Two at once would slow each other down and both be wrong.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What was measured."""

    step_seconds: float
    """One training step at the batch size of the run."""
    picture_seconds: float
    """One picture of the validation."""
    device: str
    """In words."""
    precision: str
    """fp32, bf16 or fp16."""
    batch_size: int
    """Pictures in the largest batch that was timed; below the run's where that takes too long,
    and `step_seconds` then lies on the line through the two largest that were timed."""
    steps: int
    """Steps timed at that batch size."""

    def epoch_seconds(self, steps: int, validation: int) -> float:
        """An epoch of so many steps and so many pictures to validate on."""
        return steps * self.step_seconds + validation * self.picture_seconds


def remembered(config: RunConfig) -> Speed | None:
    """The speed of such a run, if it was measured before."""
    return _kept.get(cost_of(config))


def measure(
    config: RunConfig,
    *,
    patience: float = PATIENCE,
    should_stop: Callable[[], bool] = lambda: False,
) -> Speed | None:
    """Take real steps: this network, optimizer, augmentation, batch and precision, this device.

    Batches grow from two pictures on as long as the next one is done in time and fits in half of
    the free memory. Measured once for all runs that cost the same. Compilation is left out: it
    alone takes longer.

    Args:
        config: with the classes of its data set.
        patience: seconds to spend on steps.
        should_stop: asked between steps; on true there is no result.

    Returns:
        None where it was stopped.

    Raises:
        ConfigError: there is no such device or precision here.
        TrainingError: there is too little free memory to try.
    """
    cost = cost_of(config)
    with _one_at_a_time:
        found = _kept.get(cost)
        if found is None:
            try:
                found = _measure(cost, patience, should_stop)
            except InterruptedError:
                return None
            _kept[cost] = found
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return found


def cost_of(config: RunConfig) -> RunConfig:
    """The config with all that costs no time set to one value: equal costs, equal speed."""
    return config.replace(
        recipe="custom",
        dataset="random",
        model=config.model.replace(name="custom", initialisation="torch"),
        epochs=1,
        lr=1e-6,
        seed=0,
        limit=None,
        validation_percent=10,
        schedule=ScheduleConfig(),
        label_smoothing=0,
        early_stopping=None,
        compile=False,
        workers=0,
        processes=1,
        keep_every=1,
        keep_gb=1,
        start_from="random" if config.freeze_features else None,
    )


def _measure(config: RunConfig, patience: float, should_stop: Callable[[], bool]) -> Speed:
    plan = devices.plan(config.device, config.precision)
    size = min(SMALLEST, config.batch_size)
    if not _has_room(config, size, plan):
        raise TrainingError("There is too little free memory to try a step of this network.")
    probe = _Probe(config, plan, should_stop)
    # The first step of a process makes and loads what later ones find.
    probe.step(size)
    begun = time.perf_counter()
    timed = [(size, probe.train(size))]
    while size < config.batch_size:
        left = begun + patience - time.perf_counter()
        if len(timed) == 1:
            # One size tells nothing of what a picture costs beside the step itself.
            left = max(left, patience)
        following = _next(size, 2 * timed[-1][1] / size, left, config)
        if following == size or not _has_room(config, following, plan):
            break
        size = following
        timed.append((size, probe.train(size)))
    end = begun + patience
    step, steps = timed[-1][1], 1
    if size == config.batch_size:
        seconds = [step]
        while len(seconds) < MOST_STEPS and time.perf_counter() + 1.5 * step < end:
            seconds.append(probe.step(size))
        step, steps = statistics.median(seconds), len(seconds)
    return Speed(
        step_seconds=_extrapolate(timed, step, config.batch_size),
        picture_seconds=probe.validate(size) / size,
        device=devices.describe(plan.device),
        precision=plan.precision,
        batch_size=size,
        steps=steps,
    )


def _next(size: int, picture_seconds: float, left: float, config: RunConfig) -> int:
    """The next batch size that surely takes no longer than what is left; else the same one."""
    for factor in (4, 2):
        following = min(factor * size, config.batch_size)
        if following * picture_seconds <= left:
            return following
    return size


def _extrapolate(timed: list[tuple[int, float]], step: float, batch_size: int) -> float:
    """Where the line through the two largest batches reaches ``batch_size``."""
    size, seconds = timed[-1][0], step
    if size == batch_size:
        return seconds
    if len(timed) == 1:
        return seconds * batch_size / size
    smaller, faster = timed[-2]
    # Never below proportional growth of a batch twice as efficient: noise can turn a line over.
    slope = max((seconds - faster) / (size - smaller), seconds / size / 2)
    return seconds + slope * (batch_size - size)


def _has_room(config: RunConfig, size: int, plan: ComputePlan) -> bool:
    """Whether a step on so many pictures fits in half of the free memory."""
    needed = memory(config.replace(batch_size=size), half=plan.precision != "fp32").total
    return 2 * needed < room(plan.device).free


class _Probe:
    """The parts of a run, fed with random pictures."""

    def __init__(
        self, config: RunConfig, plan: ComputePlan, should_stop: Callable[[], bool]
    ) -> None:
        self.config, self.plan = config, plan
        self._should_stop = should_stop
        self._learner = Learner(build(config.model, seed=0), config, self.plan, steps_an_epoch=1)
        self._learner.train_mode()
        self._random = np.random.default_rng(0)
        self._epoch = 0
        self._batches: tuple[int, MemoryBatches] | None = None

    def train(self, size: int) -> float:
        """Seconds of a step, after one that warms up."""
        return min(self.step(size), self.step(size))

    def step(self, size: int) -> float:
        """Seconds of one step: batch, augmentation, forward, backward, update."""
        if self._should_stop():
            raise InterruptedError
        batches = self._of(size)
        self._epoch += 1
        begun = time.perf_counter()
        for batch in batches.epoch(self._epoch):
            # Reading the loss waits for the device.
            self._learner.learn(batch).tolist()
        return time.perf_counter() - begun

    def validate(self, size: int) -> float:
        """Seconds of one forward pass on so many pictures, after one that warms up."""
        network = self._learner.network.eval()
        batch = next(self._of(size).in_order())
        seconds = []
        with torch.inference_mode(), self.plan.autocast():
            for _ in range(2):
                if self._should_stop():
                    raise InterruptedError
                begun = time.perf_counter()
                network(batch.images).float().sum().item()
                seconds.append(time.perf_counter() - begun)
        return min(seconds)

    def _of(self, size: int) -> MemoryBatches:
        if self._batches is None or self._batches[0] != size:
            model, augmentation = self.config.model, self.config.augmentation
            side = model.input_size + augmentation.crop_margin
            shape = (size, side, side, 3)
            made = MemoryBatches(
                self._random.integers(0, 256, shape, dtype=np.uint8),
                self._random.integers(0, model.num_classes, size),
                transform=Transform(input_size=model.input_size),
                augmentation=augmentation,
                batch_size=size,
                device=self.plan.device,
            )
            self._batches = size, made
        return self._batches[1]
