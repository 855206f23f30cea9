"""What the epochs of a run left behind, as the time machine shows it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_core import rendering
from alexnet_core.models import checkpoint
from alexnet_core.runs import run_folder
from alexnet_core.runs.store import Store
from alexnet_core.training import epoch_records
from dashboard.common import caches, theme
from dashboard.pages.runs import charts

GUESSES = 3
"""Answers shown of each pinned picture."""

_SMALL = 96
"""Pixels a side up to which a picture is sent as it is."""


def pinned(run: str) -> dict[str, Any]:
    """The pinned pictures and the names of the classes.

    Raises:
        UnknownNameError: there is no such run.
    """
    Store.open().get(run)
    pictures = epoch_records.pinned_pictures(run)
    return {
        "classes": list(_classes(run)),
        "pictures": [
            {"label": picture.label, "image": _address(picture.pixels)} for picture in pictures
        ],
    }


def epoch(run: str, number: int) -> dict[str, Any]:
    """Filters, answers and confusion of one epoch.

    Raises:
        UnknownNameError: there is no such run, or it left nothing of that epoch.
        TrainingError: what it left is damaged.
    """
    Store.open().get(run)
    record = epoch_records.load(run, number)
    classes = _classes(run)
    filters = record.filters
    strip = filters.transpose(1, 0, 2, 3).reshape(filters.shape[1], -1, 3)
    return {
        "epoch": number,
        "top1": record.top1,
        "kept": record.kept,
        "filters": {
            "image": caches.address(rendering.png(strip), "png"),
            "count": len(filters),
            "size": [filters.shape[2], filters.shape[1]],
        },
        "answers": [_guesses(row, classes) for row in record.probabilities],
        "confusion": _confusion(record.confusion, classes),
    }


def _guesses(probabilities: NDArray[np.float32], classes: tuple[str, ...]) -> list[dict[str, Any]]:
    best = np.argsort(-probabilities, kind="stable")[:GUESSES]
    return [
        {
            "label": classes[index] if index < len(classes) else f"class {index}",
            "share": round(float(probabilities[index]), 4),
            "colour": theme.class_colour(int(index)),
        }
        for index in best
    ]


def _confusion(counts: NDArray[np.int32] | None, classes: tuple[str, ...]) -> Any:
    if counts is None or len(counts) > charts.MOST_CLASSES:
        return None
    names = classes if len(classes) == len(counts) else [f"class {at}" for at in range(len(counts))]
    return json.loads(charts.confusion(counts, names).to_json())


def _classes(run: str) -> tuple[str, ...]:
    """As the run's newest checkpoint names them; its data set may be gone."""
    path = run_folder.of(run)
    kept = run_folder.kept_epochs(path)
    if not kept:
        return ()
    return checkpoint.load_card(run_folder.checkpoint(path, kept[-1])).categories


def _address(pixels: NDArray[np.uint8]) -> str:
    if max(pixels.shape[:2]) <= _SMALL:
        return caches.address(rendering.png(pixels), "png")
    return caches.address(rendering.jpeg(pixels), "jpeg")
