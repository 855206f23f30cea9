"""The part of a run that learns, and where it stands: all that a checkpoint needs to go on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from alexnet_core.data.batches import Batch
from alexnet_core.devices import ComputePlan
from alexnet_core.evaluation.validate import Accuracy, topk_correct
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.training.config import RunConfig
from alexnet_core.training.distributed import Distributed
from alexnet_core.training.optim import Plateau, build_optimizer, rate_factor


class Learner:
    """Takes a batch, changes the weights.

    Args:
        network: the network to train; moved to the plan's device.
        config: the run.
        plan: device and precision.
        steps_an_epoch: batches in an epoch, for the learning rate.
        distributed: the processes that share the run.
    """

    def __init__(
        self,
        network: AlexNet,
        config: RunConfig,
        plan: ComputePlan,
        steps_an_epoch: int,
        distributed: Distributed | None = None,
    ) -> None:
        self.config = config
        self._distributed = distributed or Distributed()
        self.plan = plan
        self.steps_an_epoch = steps_an_epoch
        self.step = 0
        self.network = network
        plan.place(network)
        if config.freeze_features:
            _freeze_features(network)
        together = self._distributed.wrap(network)
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
        """One step.

        Returns:
            The loss and how many answers were right at first guess and within the first five, (3,)
            on the device, not awaited. Of several processes each gives its part of the batch, and
            gets what holds for the whole.
        """
        self._distributed.seed_dropout(self.config.seed, self.step)
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
            results = torch.cat([loss.detach().view(1), topk_correct(logits, batch.labels)])
            return self._distributed.all_reduce(results)

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


@dataclass
class Position:
    """Where a run stands; saved and restored with the learner."""

    epoch: int = 1
    batch: int = 0
    best_epoch: int = 0
    best_top1: float = -1.0
    best_loss: float = math.inf
    epoch_seconds: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Sums over the epoch so far: loss times pictures, answers right at first guess, in five."""

    def observe(self, accuracy: Accuracy | None) -> bool:
        """Take in an epoch's validation, and say whether it is the best so far.

        Higher top-1 is better, or the same with a lower loss: small validation splits tie often.
        Without validation the latest epoch is.
        """
        if accuracy is None:
            self.best_epoch = self.epoch
            return True
        if not (accuracy.top1, -accuracy.loss) > (self.best_top1, -self.best_loss):
            return False
        self.best_epoch = self.epoch
        self.best_top1, self.best_loss = accuracy.top1, accuracy.loss
        return True

    def next_epoch(self) -> None:
        """Stand at the beginning of the epoch after this one."""
        self.epoch, self.batch, self.totals = self.epoch + 1, 0, [0.0, 0.0, 0.0]


@dataclass(frozen=True)
class TrainingState:
    """All that going on exactly from here needs."""

    learner: Learner
    position: Position

    def snapshot(self) -> dict[str, Any]:
        """What `resumed` takes back: tensors, numbers, texts and containers of them."""
        return {"learner": self.learner.state(), "position": asdict(self.position)}

    @classmethod
    def resumed(cls, learner: Learner, snapshot: Mapping[str, Any]) -> TrainingState:
        """The state that `snapshot` was taken of, brought back into a fresh learner."""
        learner.restore(snapshot["learner"])
        return cls(learner, Position(**snapshot["position"]))


def _features(network: AlexNet) -> list[nn.Module]:
    names = [spec.name for spec in network.config.layers()]
    return [network.get_submodule(name) for name in names[: names.index("flatten")]]


def _freeze_features(network: AlexNet) -> None:
    for layer in _features(network):
        layer.requires_grad_(False)
