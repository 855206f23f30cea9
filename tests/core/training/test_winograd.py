from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from alexnet_core.models.alexnet import build
from alexnet_core.training import winograd
from alexnet_core.training.trainer import train
from tests.core.training.listener import Listener


def layer_of(maps: int, filters: int) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(maps, filters, 3, padding=1).to(memory_format=torch.channels_last)


def gradients(layer: nn.Module, images: Tensor) -> list[Tensor]:
    """The result, and the gradients of a random sum of it, in float64 where the layer is."""
    given = images.clone().requires_grad_()
    result = layer(given)
    weight = torch.randn(result.shape, generator=torch.Generator().manual_seed(1))
    (result * weight.to(result)).sum().backward()
    assert given.grad is not None
    return [result.detach(), given.grad, *(value.grad for value in layer.parameters())]


@pytest.mark.parametrize("side", [1, 3, 4, 5, 8, 13])
def test_results_and_gradients_are_the_plain_layers(monkeypatch, side):
    plain = layer_of(128, 8)
    images = torch.randn(3, 128, side, side).to(memory_format=torch.channels_last)
    quick = copy.deepcopy(plain)
    monkeypatch.setattr(winograd, "MOST_WASTE", 100)
    winograd.quicken(nn.Sequential(quick))
    assert type(quick) is winograd.WinogradConv2d
    for ours, exact in zip(
        gradients(quick, images), gradients(plain.double(), images.double()), strict=True
    ):
        assert ours.shape == exact.shape
        assert (ours - exact).abs().max() < 3e-5 * exact.abs().max()


def test_pictures_in_either_memory_order_give_the_same():
    quick = layer_of(128, 4)
    winograd.quicken(nn.Sequential(quick))
    images = torch.randn(2, 128, 7, 7)
    other = images.to(memory_format=torch.channels_last)
    assert torch.equal(quick(images), quick(other))
    assert quick(images).is_contiguous(memory_format=torch.channels_last)


def test_only_layers_that_gain_are_changed_and_names_stay():
    network = nn.ModuleDict(
        {
            "few": nn.Conv2d(64, 64, 3, padding=1),
            "wide": nn.Conv2d(128, 64, 5, padding=2),
            "stride": nn.Conv2d(128, 64, 3, 2, padding=1),
            "towers": nn.Conv2d(128, 64, 3, padding=1, groups=2),
            "gains": nn.Conv2d(128, 64, 3, padding=1),
        }
    )
    names = list(network.state_dict())
    winograd.quicken(network)
    changed = {name for name, layer in network.items() if type(layer) is winograd.WinogradConv2d}
    assert changed == {"gains"}
    assert list(network.state_dict()) == names


def test_maps_that_fill_tiles_badly_are_left_to_the_plain_layer(monkeypatch):
    quick = layer_of(128, 4)
    winograd.quicken(nn.Sequential(quick))
    sides = []
    monkeypatch.setattr(
        winograd, "convolve", lambda images, weight, bias: sides.append(images.shape[2]) or images
    )
    for side in range(3, 13):
        quick(torch.randn(1, 128, side, side))
    assert sides == [4, 7, 8, 10, 11, 12]


def test_half_precision_is_left_to_the_plain_layer():
    quick = layer_of(128, 4)
    winograd.quicken(nn.Sequential(quick))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert quick(torch.randn(2, 128, 8, 8)).dtype == torch.bfloat16


def test_a_run_learns_the_same_with_it(tiny_config, tiny_data):
    wide = (4, 128, 128, 128, 4)
    config = tiny_config(epochs=1, **{"model.conv_channels": wide, "model.pool_after": (1,)})
    losses = {}
    for quick in (False, True):
        seen: list[float] = []
        callback = Listener(on_metrics=lambda metrics, seen=seen: seen.append(metrics.train_loss))
        network = build(config.model, 0)
        train(
            config.replace(winograd=quick),
            tiny_data(config),
            network=network,
            callback=callback,
        )
        losses[quick] = seen
        assert (type(network.conv3) is winograd.WinogradConv2d) == quick
    assert losses[True] == pytest.approx(losses[False], rel=1e-3)
    assert losses[True] != losses[False]
