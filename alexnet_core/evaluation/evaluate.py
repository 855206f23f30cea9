"""Accuracy of a model on a data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.split_batches import load_split
from alexnet_core.errors import ConfigError, DataError
from alexnet_core.evaluation.validate import Accuracy, validate
from alexnet_core.models.library import LoadedModel


def evaluate(
    model: LoadedModel,
    dataset: str,
    split: str,
    *,
    device: str = "auto",
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Accuracy:
    """Loss, top-1 and top-5 over the pictures of a split, each once, in float32.

    Args:
        model: its lock is held while it answers.
        dataset: name of the data set.
        split: train, val or test.
        device: where to compute; ``auto`` takes a GPU where there is one.
        limit: so many pictures at most, spread evenly over the split; None for all.
        progress: called with pictures decoded and pictures in all.

    Raises:
        ConfigError: ``limit`` is below 1.
        DataError: there is no such split, or its classes are not the model's.
        DatasetNotHereError: the data set is not on this machine.
    """
    if limit is not None and limit < 1:
        raise ConfigError("limit", limit, "1 or more, or none for all pictures")
    opened = datasets.open(dataset)
    if not opened.length(split):
        raise DataError(f"{dataset} has no {split} split.")
    if model.categories != tuple(opened.card.classes):
        raise DataError(
            f"{model.reference} answers {len(model.categories)} classes "
            f"({', '.join(model.categories[:3])}, ...), {dataset} has {len(opened.card.classes)} "
            f"({', '.join(opened.card.classes[:3])}, ...); they must be the same, in one order."
        )
    plan = devices.plan(device, "fp32")
    batches = load_split(
        opened,
        split,
        model.transform,
        rows=None if limit is None else _spread(opened.length(split), limit),
        device=plan.device,
        progress=progress,
    )
    with model.lock:
        plan.place(model.network)
        return validate(model.network, batches, plan)


def _spread(pictures: int, limit: int) -> NDArray[np.int64]:
    count = min(limit, pictures)
    # Splits often lie class by class, so the first ones would all be alike.
    return np.arange(count, dtype=np.int64) * pictures // count
