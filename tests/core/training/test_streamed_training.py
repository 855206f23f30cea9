"""The same run gives the same weights however its pictures are read, and however it was stopped."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import Batches, MemoryBatches, StreamBatches
from alexnet_core.data.transforms import Transform
from alexnet_core.models.alexnet import build
from alexnet_core.training.config import RunConfig
from alexnet_core.training.trainer import TrainingData, train
from tests.core.training.listener import Listener

LABELS = np.arange(48) % 3
PIXELS = np.random.default_rng(0).integers(0, 255, (48, 16, 16, 3), dtype=np.uint8)


def read(first: int, number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return PIXELS[first + number]


def data(config: RunConfig, workers: int | None) -> TrainingData:
    """In memory without a number of workers, else streamed by so many."""

    def batches(first: int, last: int, workers: int | None, **options: Any) -> Batches:
        options["transform"] = Transform(input_size=16)
        if workers is None:
            return MemoryBatches(PIXELS[first:last], LABELS[first:last], **options)
        reader = partial(read, first)
        return StreamBatches(reader, LABELS[first:last], workers=workers, **options)

    training = {"augmentation": config.augmentation, "batch_size": config.batch_size}
    train = batches(0, 36, workers, seed=config.seed, **training)
    return TrainingData(train, batches(36, 48, workers and 0))


def weights(config: RunConfig, workers: int | None, stops: tuple[int, ...] = ()) -> torch.Tensor:
    """All weights after a run that was stopped after these numbers of steps and taken up again."""
    saved: list[dict[str, Any]] = []
    resume: dict[str, Any] | None = None
    for limit in (*stops, 10_000):
        network = build(config.model, 0)
        steps: Iterator[int] = iter(range(limit + 1))
        # What else a process may have drawn from in between must not matter.
        torch.rand(limit % 7)
        train(
            config,
            data(config, workers),
            network=network,
            callback=Listener(
                should_stop=lambda steps=steps, limit=limit: next(steps) == limit,
                on_interruption=lambda state: saved.append(copy.deepcopy(state.snapshot())),
            ),
            resume=resume,
        )
        resume = saved[-1] if saved else None
    return torch.cat([value.detach().flatten().double() for value in network.state_dict().values()])


@pytest.fixture
def config(tiny_config: Callable[..., RunConfig]) -> RunConfig:
    return tiny_config(
        augmentation=Augmentation(shift=2, flip=True, cutout=4, pca_noise=0.1, brightness=0.2),
        **{"model.dropout": 0.5},
    )


def test_in_memory_streamed_and_resumed_are_one(config: RunConfig, home: Path) -> None:
    expected = weights(config, None)
    assert torch.equal(weights(config, None, stops=(3, 4)), expected)
    assert torch.equal(weights(config, 0), expected)
    assert torch.equal(weights(config, 0, stops=(3, 4)), expected)
    assert not torch.equal(weights(config.replace(seed=1), 0), expected)


def test_several_readers_give_the_same(config: RunConfig, home: Path) -> None:
    one_epoch = config.replace(epochs=1)
    assert torch.equal(weights(one_epoch, 2), weights(one_epoch, None))
