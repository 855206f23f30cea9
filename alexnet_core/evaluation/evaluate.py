"""Accuracy of a model on a data set."""

from __future__ import annotations

from collections.abc import Callable

from alexnet_core import devices
from alexnet_core.data import datasets
from alexnet_core.errors import DataError
from alexnet_core.models.library import LoadedModel
from alexnet_core.training.splits import load_split
from alexnet_core.training.validation import Accuracy, validate


def evaluate(
    model: LoadedModel,
    dataset: str,
    split: str,
    *,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Accuracy:
    """Loss, top-1 and top-5 over every picture of a split, once, in float32.

    Raises:
        DataError: there is no such split, or its classes are not the model's.
        DatasetNotHereError: the data set is not on this machine.
    """
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
    batches = load_split(opened, split, model.transform, device=plan.device, progress=progress)
    with model.lock:
        plan.place(model.network)
        return validate(model.network, batches, plan)
