"""How far a network's probabilities can be believed, and one number that mends them.

Source: Guo et al. 2017, On Calibration of Modern Neural Networks: logits are divided by one
temperature, fitted on pictures that the network did not learn from; its answers stay the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.importing.split import set_apart
from alexnet_core.data.split_batches import load_split
from alexnet_core.errors import DataError
from alexnet_core.models.library import LoadedModel

BINS = 15
"""Ranges of confidence that `calibration_error` compares, as Guo et al. 2017 compare them."""

_COLDEST, _HOTTEST = 0.05, 20.0


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a temperature does for a network; losses in nats, errors 0 to 1."""

    temperature: float
    """What to divide logits by; above 1 the network was too sure."""
    pictures: int
    """Pictures that it was fitted on."""
    loss_before: float
    loss_after: float
    error_before: float
    """Expected calibration error on the same pictures."""
    error_after: float


def calibrate(
    model: LoadedModel, *, progress: Callable[[int, int], None] | None = None
) -> Calibration:
    """Fit the temperature of a trained network on the pictures that its run set apart.

    These are the validation split of its data set or, where there is none, the share of the
    training pictures that the run did not train on. The test split is not looked at.

    Args:
        model: its lock is held while it answers.
        progress: called with pictures decoded and pictures in all.

    Raises:
        DataError: it is not known what was set apart, nothing was, or the data set has changed.
        DatasetNotHereError: the data set is not on this machine.
    """
    card = model.card
    if card is None or not {"validation_percent", "seed"} <= set(card.config):
        raise DataError(f"{model.reference} does not say which pictures its run set apart.")
    dataset = datasets.open(card.dataset)
    if card.data_fingerprint != dataset.card.fingerprint:
        raise DataError(
            f"{card.dataset} holds other pictures than those that {model.reference} learned from."
        )
    split, rows = "val", None
    if not dataset.length("val"):
        percent, seed = card.config["validation_percent"], card.config["seed"]
        split, rows = "train", set_apart(dataset.labels("train"), percent, seed)[1]
        if not len(rows):
            raise DataError(f"The run of {model.reference} set no pictures apart.")
    plan = devices.plan("auto", "fp32")
    batches = load_split(
        dataset, split, model.transform, rows=rows, device=plan.device, progress=progress
    )
    with model.lock, torch.inference_mode():
        plan.place(model.network)
        logits = torch.cat([model.network(images) for images, _ in batches.in_order()])
    return measure(logits, batches.labels)


def measure(logits: Tensor, labels: Tensor) -> Calibration:
    """Fit a temperature and say what it changes on the same pictures.

    Args:
        logits: (N, classes).
        labels: (N,) int64.
    """
    logits = logits.double()
    temperature = fit_temperature(logits, labels)
    return Calibration(
        temperature=temperature,
        pictures=len(labels),
        loss_before=F.cross_entropy(logits, labels).item(),
        loss_after=F.cross_entropy(logits / temperature, labels).item(),
        error_before=calibration_error(logits.softmax(1), labels),
        error_after=calibration_error((logits / temperature).softmax(1), labels),
    )


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature of least cross-entropy, between 0.05 and 20.

    The loss is convex in the inverse temperature b, and its slope is the mean over pictures of
    (the expected logit under softmax(b logits) minus the right class's logit), which rises with
    b; so halving an interval finds its zero.

    Args:
        logits: (N, classes).
        labels: (N,) int64.
    """
    logits = logits.double()
    right = logits.gather(1, labels[:, None])[:, 0]
    low, high = 1 / _HOTTEST, 1 / _COLDEST
    for _ in range(60):
        middle = (low + high) / 2
        expected = ((middle * logits).softmax(1) * logits).sum(1)
        if (expected - right).mean() > 0:
            high = middle
        else:
            low = middle
    return 2 / (low + high)


def calibration_error(probabilities: Tensor, labels: Tensor, bins: int = BINS) -> float:
    """Expected calibration error: how far confidence and accuracy lie apart, 0 to 1.

    Pictures are put into ranges of equal width by the probability of their answer; the distances
    of mean probability and share of right answers are averaged, each range weighing as many
    pictures as it has (Guo et al. 2017, equation 3).

    Args:
        probabilities: (N, classes), each row sums to 1.
        labels: (N,) int64.
        bins: ranges.
    """
    sure, answers = probabilities.max(1)
    right = (answers == labels).to(sure.dtype)
    range_of = (sure * bins).long().clamp(max=bins - 1)
    # Sums of differences: the counts cancel.
    gap = torch.zeros(bins, dtype=sure.dtype, device=sure.device)
    gap.index_add_(0, range_of, sure - right)
    return (gap.abs().sum() / len(labels)).item()
