"""The processes that share one run: each takes its part of every batch.

Gradients are averaged by torch's DistributedDataParallel (Li et al., 2020, "PyTorch Distributed:
Experiences on Accelerating Data Parallel Training"), so that a step is the step that one process
would take on the whole batch. The leader alone decides, validates and writes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from alexnet_core.training.config import RunConfig

PATIENCE = timedelta(hours=2)
"""How long one waits for another, who may be reading a large data set for the first time."""

_BACKEND = "cpu:gloo,cuda:nccl"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Order:
    """What holds for the next step, by the leader's word."""

    stop: bool
    save: bool
    config: RunConfig


@dataclass(frozen=True)
class Team:
    """One process among those of its run; alone unless it joined."""

    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls) -> Team:
        """Meet the others that torchrun started for this run; alone without torchrun."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = _BACKEND if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, timeout=PATIENCE)
        return cls(dist.get_rank(), size)

    @property
    def leads(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Go on when all have come so far."""
        self.shared(None)

    def shared(self, value: _T) -> _T:
        """The leader's value, in every process; anything that can be pickled."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, device=torch.device("cpu"))
        return values[0]

    def ordered(self, order: Order, known: RunConfig) -> Order:
        """The leader's order; the config travels only where it is another than the known one."""
        if self.size == 1:
            return order
        said = torch.tensor([order.stop, order.save, order.config is not known])
        dist.broadcast(said, src=0)
        stop, save, revised = said.tolist()
        return Order(stop, save, self.shared(order.config) if revised else known)

    def added(self, results: Tensor) -> Tensor:
        """One step's loss and hits of the whole batch, (3,): the mean of losses, the sum of hits.

        Args:
            results: loss, hits at one and hits in five of this process's part; changed in place.
        """
        if self.size > 1:
            results[0] /= self.size
            dist.all_reduce(results)
        return results

    def wrapped(self, network: nn.Module) -> nn.Module:
        """The network whose gradients are averaged over the team; the same one when alone."""
        if self.size == 1:
            return network
        return DistributedDataParallel(network)

    def stir(self, seed: int, step: int) -> None:
        """Give each process dropout of its own, which a run that is taken up again repeats."""
        if self.size > 1:
            torch.manual_seed((seed * 1_000_003 + step) * self.size + self.rank)
