from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from alexnet_core.errors import CheckpointError, ConfigError, UnknownNameError
from alexnet_core.inspection import feature_visualization
from alexnet_core.inspection.feature_visualization import visualize
from alexnet_core.models import library, variants
from alexnet_core.models.library import LoadedModel


@pytest.fixture
def model() -> LoadedModel:
    return library.load("bundled:cifar10")


@pytest.mark.parametrize(("layer", "unit"), [("conv3", 7), ("relu4", 7), ("pool2", 3), ("fc8", 1)])
def test_the_unit_answers_more_and_more(model: LoadedModel, layer: str, unit: int) -> None:
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    shown = list(visualize(model, layer, unit, steps=16))

    assert [one.step for one in shown] == list(range(0, 17, 2))
    assert {one.steps for one in shown} == {16}
    assert all(one.pixels.shape == (32, 32, 3) for one in shown)
    assert shown[0].pixels.dtype == np.uint8
    assert shown[-1].value > shown[len(shown) // 2].value > shown[0].value
    assert all(
        torch.equal(value, before[name]) for name, value in model.network.state_dict().items()
    )
    assert all(weights.grad is None for weights in model.network.parameters())


def test_the_same_seed_gives_the_same_picture(model: LoadedModel) -> None:
    one, other, third = (
        list(visualize(model, "conv2", 3, steps=2, seed=seed))[-1].pixels for seed in (0, 0, 1)
    )
    assert (one == other).all()
    assert (one != third).any()


def test_a_unit_that_the_first_picture_leaves_silent_is_found_all_the_same(
    model: LoadedModel,
) -> None:
    with torch.no_grad():
        model.network.get_submodule("conv3").bias[7] -= 4
    shown = list(visualize(model, "relu3", 7, steps=24))
    assert shown[0].value == 0
    assert shown[-1].value > 0


def test_the_lock_is_free_between_two_pictures(model: LoadedModel) -> None:
    pictures = visualize(model, "conv1", 0, steps=2)
    next(pictures)
    assert model.lock.acquire(blocking=False)
    model.lock.release()
    next(pictures)
    pictures.close()
    assert model.lock.acquire(blocking=False)


@pytest.mark.parametrize(
    ("variant", "layer", "leaking"),
    [
        ("alexnet-cifar", "relu2", "relu2"),
        ("alexnet-cifar", "norm2", ""),
        ("alexnet-2012", "norm1", "relu1"),
        ("alexnet-2012", "drop6", "relu6"),
        ("alexnet-owt", "drop6", "relu5"),
        ("alexnet-owt", "conv5", ""),
        ("alexnet-owt", "fc8", ""),
    ],
)
def test_only_the_unit_s_own_relu_leaks(variant: str, layer: str, leaking: str) -> None:
    assert feature_visualization._leaking(variants.get(variant).config, layer) == leaking


def test_a_wrong_unit_is_refused_before_anything_is_made(model: LoadedModel) -> None:
    with pytest.raises(ConfigError, match="channel is 192; allowed: 0 to 191"):
        visualize(model, "conv3", 192)
    with pytest.raises(UnknownNameError, match="layer is 'conv6'"):
        visualize(model, "conv6", 0)
    with pytest.raises(ConfigError, match="steps is 0"):
        visualize(model, "conv3", 0, steps=0)


def test_a_broken_network_is_a_sentence(model: LoadedModel) -> None:
    with torch.no_grad():
        next(model.network.parameters()).fill_(math.nan)
    with pytest.raises(CheckpointError, match="conv2 of bundled:cifar10 gives NaN"):
        list(visualize(model, "conv2", 3))
    assert model.lock.acquire(blocking=False)
