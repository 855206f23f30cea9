"""Steps of equal length in every direction for convolutions, plain momentum for the rest."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, optim

NEWTON_STEPS = 3
"""Rounds of `orthogonal`; after three, singular values lie between 0.3 and 1.3 or so."""

_A, _B, _C = 3.4445, -4.7750, 2.0315


class Muon(optim.Optimizer):
    """SGD with Nesterov momentum whose steps of kernels are made orthogonal.

    Source: Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks. A kernel's
    smoothed gradient is seen as a matrix, filters by weights, and all its singular values are made
    about 1, so that rare directions learn as fast as frequent ones. Its step is as long as a share
    of the kernel's own length, which normalisation behind the layer makes the only thing that
    matters; so kernels need no weight decay.

    Args:
        groups: of parameters, as every optimizer takes them. Where a group holds ``share``, its
            parameters are kernels, and a step at learning rate ``lr`` is ``lr * share`` times as
            long as the kernel. Others may hold ``weight_decay``.
        lr: the learning rate.
        momentum: share of the last step that is carried on.
    """

    def __init__(self, groups: list[dict[str, Any]], lr: float, momentum: float) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": 0, "share": None})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step along the gradients; there is no ``closure``."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        if group["weight_decay"]:
            gradient = gradient.add(parameter, alpha=group["weight_decay"])
        momentum = group["momentum"]
        smoothed = state["momentum_buffer"].mul_(momentum).add_(gradient)
        ahead = gradient.add(smoothed, alpha=momentum)
        if group["share"] is None:
            parameter.add_(ahead, alpha=-group["lr"])
            return
        turned = orthogonal(ahead.reshape(len(ahead), -1))
        rank = min(turned.shape)
        length = group["lr"] * group["share"] * parameter.norm() / math.sqrt(rank)
        parameter.sub_(turned.view(parameter.shape) * length)


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest matrix whose singular values are about 1, by a few Newton-Schulz rounds.

    Args:
        matrix: (M, N), any but zero.
    """
    turned: Tensor = matrix.T if len(matrix) > matrix.shape[1] else matrix
    turned = turned / (turned.norm() + 1e-7)
    for _ in range(NEWTON_STEPS):
        square = turned @ turned.T
        turned = _A * turned + (_B * square + _C * square @ square) @ turned
    return turned.T if len(matrix) > matrix.shape[1] else turned
