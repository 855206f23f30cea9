"""A problem small enough to train on in a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import MemoryBatches
from alexnet_core.data.transforms import Transform
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.training.config import OptimizerConfig, RunConfig, ScheduleConfig
from alexnet_core.training.trainer import TrainingData
from tests.lab import Lab

TINY_NETWORK = AlexNetConfig(
    input_size=16,
    num_classes=3,
    conv_channels=(4, 4, 4, 4, 4),
    conv_kernels=(3, 3, 3, 3, 3),
    conv_strides=(1, 1, 1, 1, 1),
    conv_paddings=(1, 1, 1, 1, 1),
    towers=1,
    pool_after=(1, 2),
    norm="batch",
    hidden_sizes=(8,),
    dropout=0.1,
    initialisation="he",
)


@pytest.fixture
def tiny_config() -> Callable[..., RunConfig]:
    """A factory of configs for a tiny run; changes as for `Config.replace`."""
    base = RunConfig(
        dataset="tiny",
        model=TINY_NETWORK,
        epochs=2,
        batch_size=8,
        lr=0.05,
        device="cpu",
        # The same on every machine, also on one that would choose bfloat16.
        precision="fp32",
        optimizer=OptimizerConfig(nesterov=True),
        schedule=ScheduleConfig(name="one-cycle"),
        augmentation=Augmentation(shift=2, flip=True, cutout=4, pca_noise=0.1),
    )
    return lambda **changes: base.replace(**changes)


@pytest.fixture
def tiny_data() -> Callable[[RunConfig], TrainingData]:
    """A factory of data: three classes that differ by colour, under noise."""

    def make(config: RunConfig) -> TrainingData:
        random = np.random.default_rng(0)
        labels = np.arange(48) % 3
        pixels = random.integers(0, 120, (48, 16, 16, 3), dtype=np.uint8)
        pixels[np.arange(48), :, :, labels] += 80
        options: dict[str, Any] = {"transform": Transform(input_size=16)}
        train = MemoryBatches(
            pixels[:36],
            labels[:36],
            augmentation=config.augmentation,
            batch_size=config.batch_size,
            seed=config.seed,
            **options,
        )
        return TrainingData(train, MemoryBatches(pixels[36:], labels[36:], **options))

    return make


@pytest.fixture
def lab(home: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab with a real agent, whose tiny runs gain nothing from a second thread."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return Lab(home)


@pytest.fixture
def drawn_config(tiny_config: Callable[..., RunConfig]) -> Callable[..., RunConfig]:
    """A factory of configs for a real run on drawn shapes, a few milliseconds a step."""
    base = tiny_config(
        dataset="shapes:size=16,train=400,test=20", validation_percent=20, lr=0.01, workers=0
    )
    return lambda **changes: base.replace(**changes)
