"""Accuracy of a model on a data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import nn

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.data.split_batches import load_split
from alexnet_core.errors import ConfigError, DataError
from alexnet_core.evaluation.validate import Accuracy, validate
from alexnet_core.evaluation.views import TenViews, Views, widened
from alexnet_core.models.library import LoadedModel


def evaluate(
    model: LoadedModel,
    dataset: str,
    split: str,
    *,
    device: str = "auto",
    limit: int | None = None,
    views: Views = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Accuracy:
    """Loss, top-1 and top-5 over the pictures of a split, each once, in float32.

    Args:
        model: its lock is held while it answers.
        dataset: name of the data set.
        split: train, val or test.
        device: where to compute; ``auto`` takes a GPU where there is one.
        limit: so many pictures at most, spread evenly over the split; None for all.
        views: 10 averages the probabilities of ten views of each picture (2012, section 4.1).
        progress: called with pictures decoded and pictures in all.

    Raises:
        ConfigError: ``limit`` is below 1, or ``views`` is neither 1 nor 10.
        DataError: there is no such split, or its classes are not the model's.
        DatasetNotHereError: the data set is not on this machine.
    """
    if limit is not None and limit < 1:
        raise ConfigError("limit", limit, "1 or more, or none for all pictures")
    if views not in (1, 10):
        raise ConfigError("views", views, "1 or 10")
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
        widened(model.transform) if views == 10 else model.transform,
        rows=None if limit is None else _spread(opened.length(split), limit),
        device=plan.device,
        progress=progress,
    )
    with model.lock:
        plan.place(model.network)
        asked: nn.Module = model.network
        if views == 10:
            asked = TenViews(model.network, model.transform.input_size)
        return validate(asked, batches, plan)


def _spread(pictures: int, limit: int) -> NDArray[np.int64]:
    count = min(limit, pictures)
    # Splits often lie class by class, so the first ones would all be alike.
    return np.arange(count, dtype=np.int64) * pictures // count
