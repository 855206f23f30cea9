from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from alexnet_core import devices
from alexnet_core.models import variants
from alexnet_core.models.alexnet import build
from alexnet_core.planning.memory_estimate import memory, room
from alexnet_core.training import recipes
from alexnet_core.training.learner import Learner

QUICK = recipes.get("cifar10-quick")
SMALL_2012 = variants.get(
    "alexnet-2012",
    input_size=67,
    num_classes=20,
    conv_channels=(16, 32, 48, 48, 32),
    hidden_sizes=(64, 64),
).config
NETWORKS = {
    "quick": QUICK.model,
    "cifar": variants.get("alexnet-cifar").config,
    "2012, lrn": SMALL_2012,
    "tanh": SMALL_2012.replace(activation="tanh", norm="none", dropout=0),
    "owt": variants.get("alexnet-owt", input_size=63, hidden_sizes=(64, 64)).config,
    "batch norm last": SMALL_2012.replace(
        norm="batch", norm_after=(1, 2, 3, 4, 5), pool_after=(1,)
    ),
}
BATCH = 6


def held(config) -> int:
    """Bytes that autograd really keeps in a forward pass, parameters left out."""
    network = build(config.model, 0)
    learner = Learner(network, config, devices.plan("cpu", "fp32"), 1)
    learner.train_mode()
    own = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    own |= {buffer.untyped_storage().data_ptr() for buffer in network.buffers()}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            # Held on to, or a freed address would be counted for another tensor.
            kept[storage.data_ptr()] = storage
        return tensor

    size = config.model.input_size
    images = torch.randn(BATCH, 3, size, size).to(memory_format=torch.channels_last)
    labels = torch.zeros(BATCH, dtype=torch.int64)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = F.cross_entropy(network(images), labels)
    loss.backward()
    return sum(storage.nbytes() for storage in kept.values())


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_kept_for_the_way_back_is_what_autograd_keeps(name):
    config = QUICK.replace(model=NETWORKS[name], batch_size=BATCH)
    assert memory(config).kept == pytest.approx(held(config), rel=0.03)


def test_frozen_features_keep_next_to_nothing():
    config = QUICK.replace(batch_size=BATCH, start_from="bundled:cifar10", freeze_features=True)
    whole = memory(config.replace(freeze_features=False))
    assert memory(config).kept < whole.kept / 4
    assert memory(config).gradients < whole.gradients


@pytest.mark.parametrize(
    ("changes", "copies"),
    [
        ({"optimizer.name": "sgd"}, 1),
        ({"optimizer.nesterov": False, "optimizer.momentum": 0}, 0),
        ({"optimizer.name": "adam"}, 2),
        ({"optimizer.name": "adamw"}, 2),
    ],
)
def test_what_the_optimizer_remembers_is_what_it_holds(changes, copies):
    config = QUICK.replace(**changes, batch_size=4)
    network = build(config.model, 0)
    learner = Learner(network, config, devices.plan("cpu", "fp32"), 1)
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    learner.optimizer.step()
    states = learner.optimizer.state.values()
    held = sum(
        value.nbytes
        for state in states
        for value in state.values()
        if isinstance(value, torch.Tensor) and value.ndim
    )
    assert memory(config).optimizer == held
    assert held == copies * memory(config).gradients


def test_weights_and_gradients_are_the_networks():
    network = build(QUICK.model, 0)
    stored = sum(value.numel() for value in network.state_dict().values() if value.ndim)
    trained = sum(parameter.numel() for parameter in network.parameters())
    assert memory(QUICK).weights == 4 * stored
    assert memory(QUICK).gradients == 4 * trained
    assert memory(QUICK.replace(ema_decay=0.99)).weights == 8 * stored


def test_half_precision_keeps_half_and_copies_weights():
    whole, half = memory(QUICK), memory(QUICK, half=True)
    assert 0.4 < half.kept / whole.kept < 0.7
    assert half.weights > whole.weights


def test_the_batch_that_fits_is_the_largest():
    space = memory(QUICK.replace(batch_size=333)).total
    fits = memory(QUICK).batch_that_fits(space)
    assert memory(QUICK.replace(batch_size=fits)).total <= space
    assert memory(QUICK.replace(batch_size=fits + 1)).total > space
    assert memory(QUICK).batch_that_fits(1000) == 0


def test_the_machine_has_memory_and_some_is_free():
    found = room(torch.device("cpu"))
    assert 0 < found.free < found.whole
