from __future__ import annotations

import pytest
import torch

from alexnet_core.models.alexnet import build
from alexnet_core.training.muon import Muon, orthogonal
from alexnet_core.training.optim import build_optimizer


@pytest.mark.parametrize("shape", [(8, 27), (27, 8), (16, 16)])
def test_singular_values_become_about_one_and_directions_stay(shape):
    torch.manual_seed(0)
    left, values, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    turned = orthogonal(left * values.clamp(min=values.max() / 5) @ right)
    inner = left.T @ turned @ right.T
    off = inner - inner.diag().diag()
    assert off.abs().max() < 1e-4
    assert inner.diag().min() > 0.3
    assert inner.diag().max() < 1.3


def test_a_step_of_a_kernel_is_a_share_of_its_length_whatever_the_gradient():
    torch.manual_seed(0)
    kernel = torch.nn.Parameter(torch.randn(8, 3, 5, 5) * 7)
    before = kernel.detach().clone()
    optimizer = Muon([{"params": [kernel], "share": 0.5}], lr=0.04, momentum=0.9)
    kernel.grad = torch.randn_like(kernel) * 1e-4
    optimizer.step()
    moved = (kernel.detach() - before).norm() / before.norm()
    assert moved == pytest.approx(0.02, rel=0.35)


def test_the_rest_moves_as_sgd_with_nesterov_momentum():
    start = torch.randn(4, 3)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = (
        Muon([{"params": [ours], "weight_decay": 0.01}], lr=0.1, momentum=0.9),
        torch.optim.SGD([theirs], lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    )
    for step in range(3):
        for parameter, optimizer in zip((ours, theirs), optimizers, strict=True):
            parameter.grad = torch.full_like(parameter, step + 1.0)
            optimizer.step()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_kernels_and_the_rest_are_told_apart(tiny_config):
    config = tiny_config(
        **{"optimizer.name": "muon", "optimizer.kernel_step": 0.02, "optimizer.nesterov": False}
    )
    network = build(config.model, 0)
    optimizer = build_optimizer(network, config)
    shares = {
        id(parameter): group["share"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for name, parameter in network.named_parameters():
        share = shares.pop(id(parameter))
        expected = 0.02 / config.lr if name.startswith("conv") and "weight" in name else None
        assert share == expected, name
    assert not shares
