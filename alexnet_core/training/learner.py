"""The part of a run that learns: network, optimizer, learning rate and averages in one place."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from alexnet_core.data.batches import Batch
from alexnet_core.devices import ComputePlan
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.training import winograd
from alexnet_core.training.config import RunConfig
from alexnet_core.training.optim import Plateau, build_optimizer, rate_factor
from alexnet_core.training.team import Team
from alexnet_core.training.validation import hits


class Learner:
    """Takes a batch, changes the weights.

    Args:
        network: the network to train; moved to the plan's device.
        config: the run.
        plan: device and precision.
        steps_an_epoch: batches in an epoch, for the learning rate.
        team: the processes that share the run.
    """

    def __init__(
        self,
        network: AlexNet,
        config: RunConfig,
        plan: ComputePlan,
        steps_an_epoch: int,
        team: Team | None = None,
    ) -> None:
        self.config = config
        self._team = team or Team()
        self.plan = plan
        self.steps_an_epoch = steps_an_epoch
        self.step = 0
        self.network = network
        plan.place(network)
        if config.freeze_features:
            _freeze_features(network)
        if config.winograd and plan.device.type == "cpu":
            winograd.quicken(network)
        together = self._team.wrapped(network)
        self._forward = torch.compile(together) if plan.compiled else together
        self.optimizer = build_optimizer(network, config)
        self.plateau = Plateau(config.schedule)
        # float16 underflows without a scale; the other precisions do not need one.
        self._scaler = torch.amp.GradScaler(plan.device.type, enabled=plan.precision == "fp16")
        self._average = None
        if config.ema_decay is not None:
            average = get_ema_multi_avg_fn(config.ema_decay)
            self._average = AveragedModel(network, multi_avg_fn=average, use_buffers=True)

    @property
    def best_network(self) -> nn.Module:
        """The network to validate and keep: the averaged one where there is one."""
        return self.network if self._average is None else self._average.module

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_an_epoch * self.config.epochs

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        # Epochs taken off a run that goes on leave it at the end of its schedule, not behind it.
        step = min(self.step, self.steps - 1)
        planned = rate_factor(self.config.schedule, step, self.steps, self.steps_an_epoch)
        return self.config.lr * planned * self.plateau.factor

    def learn(self, batch: Batch) -> Tensor:
        """One step. Returns loss, hits at one, hits in five, (3,) on the device, not awaited.

        In a team ``batch`` is this process's part, and what is returned is of the whole batch.
        """
        self._team.stir(self.config.seed, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr
        with self.plan.autocast():
            logits = self._forward(batch.images)
            smoothing = self.config.label_smoothing
            loss = F.cross_entropy(logits, batch.labels, label_smoothing=smoothing)
        self._scaler.scale(loss).backward()
        if self.config.clip_norm is not None:
            self._scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        self._scaler.step(self.optimizer)
        self._scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self._average is not None:
            self._average.update_parameters(self.network)
        self.step += 1
        with torch.no_grad():
            results = torch.cat([loss.detach().view(1), hits(logits, batch.labels)])
            return self._team.added(results)

    def train_mode(self) -> None:
        """Ready the network for training; frozen layers keep their statistics."""
        self.network.train()
        if self.config.freeze_features:
            for layer in _features(self.network):
                layer.eval()

    def state(self) -> dict[str, Any]:
        """All that an exact resume needs, random states included."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "plateau": self.plateau.state(),
            "scaler": self._scaler.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "step": self.step,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on exactly from where `state` was taken."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.plateau.restore(state["plateau"])
        self._scaler.load_state_dict(state["scaler"])
        if self._average is not None and state["average"] is not None:
            self._average.load_state_dict(state["average"])
        self.step = state["step"]
        torch.set_rng_state(state["random"])
        if state["random_cuda"]:
            torch.cuda.set_rng_state_all(state["random_cuda"])


def _features(network: AlexNet) -> list[nn.Module]:
    names = [spec.name for spec in network.config.layers()]
    return [network.get_submodule(name) for name in names[: names.index("flatten")]]


def _freeze_features(network: AlexNet) -> None:
    for layer in _features(network):
        layer.requires_grad_(False)
