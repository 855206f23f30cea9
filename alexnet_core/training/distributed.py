"""The processes that share one run: each takes its part of every batch.

Gradients are averaged by torch's DistributedDataParallel (Li et al., 2020, "PyTorch Distributed:
Experiences on Accelerating Data Parallel Training"), so that a step is the step that one process
would take on the whole batch. The main process (rank 0) alone decides, validates and writes.
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
class Decision:
    """What holds for the next step, by the main process's word."""

    stop: bool
    save: bool
    config: RunConfig


@dataclass(frozen=True)
class Distributed:
    """One process among those that share its run; alone unless it joined."""

    rank: int = 0
    world_size: int = 1

    @classmethod
    def join(cls) -> Distributed:
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
    def is_main(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    def barrier(self) -> None:
        """Go on when all have come so far."""
        self.broadcast(None)

    def broadcast(self, value: _T) -> _T:
        """The main process's value, in every process; anything that can be pickled."""
        if self.world_size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, device=torch.device("cpu"))
        return values[0]

    def agree(self, decision: Decision, known: RunConfig) -> Decision:
        """The main process's decision, in every process.

        The config travels only where it is another than the known one.
        """
        if self.world_size == 1:
            return decision
        said = torch.tensor([decision.stop, decision.save, decision.config is not known])
        dist.broadcast(said, src=0)
        stop, save, revised = said.tolist()
        return Decision(stop, save, self.broadcast(decision.config) if revised else known)

    def all_reduce(self, results: Tensor) -> Tensor:
        """One step's results over the whole batch, (3,): the mean of losses, the sum of counts.

        Args:
            results: loss and right answers, at first guess and within five, of this process's
                part; changed in place.
        """
        if self.world_size > 1:
            results[0] /= self.world_size
            dist.all_reduce(results)
        return results

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network whose gradients are averaged over all; the same one when alone."""
        if self.world_size == 1:
            return network
        return DistributedDataParallel(network)

    def seed_dropout(self, seed: int, step: int) -> None:
        """Give each process dropout of its own, which a run that is taken up again repeats."""
        if self.world_size > 1:
            torch.manual_seed((seed * 1_000_003 + step) * self.world_size + self.rank)
