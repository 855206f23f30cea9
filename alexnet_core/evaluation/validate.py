"""Loss and accuracy over a split."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from alexnet_core.data.batches import Batches
from alexnet_core.devices import ComputePlan


@dataclass(frozen=True)
class Accuracy:
    """Means over ``n`` pictures; top5 is 1 where there are at most five classes."""

    loss: float
    top1: float
    top5: float
    n: int
    confusion: Tensor = field(compare=False, repr=False)
    """Pictures by class and answer, (C, C) int64 on the CPU: row the truth, column the answer."""


def topk_correct(logits: Tensor, labels: Tensor) -> Tensor:
    """How many answers are right at first guess and within the first five, (2,) int64."""
    guesses = logits.topk(min(5, logits.shape[1]), dim=1).indices
    right = guesses == labels[:, None]
    return torch.stack([right[:, 0].sum(), right.sum()])


def validate(network: nn.Module, batches: Batches, plan: ComputePlan) -> Accuracy:
    """Loss (cross-entropy, no smoothing), top-1 and top-5 of a network over every picture.

    The network is left in the mode it was in.
    """
    was_training = network.training
    network.eval()
    loss = torch.zeros((), device=plan.device, dtype=torch.float64)
    right = torch.zeros(2, device=plan.device, dtype=torch.int64)
    # Grows to (C, C) with the first batch.
    confusion = torch.zeros(1, 1, dtype=torch.int64, device=plan.device)
    try:
        with torch.inference_mode(), plan.autocast():
            for images, labels in batches.in_order():
                logits = network(images).float()
                loss += F.cross_entropy(logits, labels, reduction="sum")
                right += topk_correct(logits, labels)
                confusion = confusion + _confusion(logits, labels)
    finally:
        network.train(was_training)
    n = batches.pictures
    top1, top5 = (right.double() / n).tolist()
    return Accuracy(loss.item() / n, top1, top5, n, confusion.cpu())


def _confusion(logits: Tensor, labels: Tensor) -> Tensor:
    classes = logits.shape[1]
    pairs = labels * classes + logits.argmax(dim=1)
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)
