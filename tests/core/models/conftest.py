"""Small networks of every kind, so that a test costs milliseconds."""

from __future__ import annotations

import pytest

from alexnet_core.data.transforms import Transform
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.config import AlexNetConfig


@pytest.fixture
def tiny() -> AlexNetConfig:
    """Batch norm, three classes, 32 pixels, about 2,000 parameters."""
    return AlexNetConfig(
        name="tiny",
        input_size=32,
        num_classes=3,
        conv_channels=(4, 8, 8, 8, 4),
        conv_kernels=(3, 3, 3, 3, 3),
        conv_strides=(1, 1, 1, 1, 1),
        conv_paddings=(1, 1, 1, 1, 1),
        towers=1,
        norm="batch",
        norm_after=(1, 2, 3, 4, 5),
        hidden_sizes=(8, 6),
        initialisation="he",
    )


@pytest.fixture
def card(tiny: AlexNetConfig) -> Card:
    """A card for ``tiny`` with something in every field that a person fills in."""
    return Card(
        model=tiny,
        categories=("cat", "Müller's dog", "鳥"),
        transform=Transform(input_size=32, resize=40, framing="squash", mean=(0.1, 0.2, 0.3)),
        metrics={"test_top1": 0.5},
        recipe="cifar10-fast",
        dataset="pets",
        data_fingerprint="ab" * 32,
        epoch=7,
        versions={"torch": "2.11"},
        created="2026-01-02T03:04:05+00:00",
        command="alexnet-lab train",
        seconds=1.5,
        note="a note",
        config={"optimizer": {"lr": 0.1, "nested": [1, None, "x"]}},
    )
