"""Optimizer and learning rate of a run."""

from __future__ import annotations

import math

from torch import nn, optim

from alexnet_core.training.config import RunConfig, ScheduleConfig
from alexnet_core.training.muon import Muon


def build_optimizer(network: nn.Module, config: RunConfig) -> optim.Optimizer:
    """The optimizer that the config names, over the parameters that still need a gradient."""
    wanted = config.optimizer
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    # Biases and the two vectors of a normalisation are the only parameters of one dimension.
    vectors = [parameter for parameter in trained if parameter.ndim < 2]
    matrices = [parameter for parameter in trained if parameter.ndim >= 2]
    groups = [
        {"params": matrices, "weight_decay": wanted.weight_decay},
        {
            "params": vectors,
            "weight_decay": wanted.weight_decay if wanted.decay_norms_and_biases else 0.0,
        },
    ]
    if wanted.name == "muon":
        kernels = [parameter for parameter in matrices if parameter.ndim == 4]
        groups[0]["params"] = [parameter for parameter in matrices if parameter.ndim != 4]
        groups.append({"params": kernels, "share": wanted.kernel_step / config.lr})
    groups = [group for group in groups if group["params"]]
    if wanted.name == "muon":
        return Muon(groups, config.lr, wanted.momentum)
    if wanted.name == "sgd":
        return optim.SGD(groups, config.lr, momentum=wanted.momentum, nesterov=wanted.nesterov)
    if wanted.name == "adam":
        return optim.Adam(groups, config.lr)
    return optim.AdamW(groups, config.lr)


def rate_factor(schedule: ScheduleConfig, step: int, steps: int, steps_an_epoch: int) -> float:
    """What the learning rate is multiplied by at ``step`` (from 0) of ``steps``.

    Plateau answers 1 here: it depends on the validation loss, see `Plateau`. One-cycle is the
    triangle of Smith and Topin 2018, down to zero; cosine that of Loshchilov and Hutter 2017.
    """
    if schedule.name == "step":
        return schedule.factor ** (step // steps_an_epoch // schedule.every)
    if schedule.name == "cosine":
        return 0.5 * (1 + math.cos(math.pi * step / steps))
    if schedule.name == "one-cycle":
        peak = max(1.0, schedule.warmup * steps)
        return min((step + 1) / peak, (steps - step) / max(1.0, steps - peak), 1.0)
    return 1.0


class Plateau:
    """Multiplies the rate by ``factor`` when the validation loss stops improving (2012)."""

    def __init__(self, schedule: ScheduleConfig) -> None:
        self._schedule = schedule
        self.factor = 1.0
        self.best = math.inf
        self.waited = 0

    def observe(self, loss: float) -> None:
        """Take in the validation loss of one epoch."""
        if self._schedule.name != "plateau":
            return
        if loss < self.best:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= self._schedule.every:
            self.factor *= self._schedule.factor
            self.waited = 0

    def state(self) -> dict[str, float]:
        """What `restore` takes back."""
        return {"factor": self.factor, "best": self.best, "waited": self.waited}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a saved state."""
        self.factor, self.best = state["factor"], state["best"]
        self.waited = int(state["waited"])
