"""What a model answers: for pictures, and over a whole data set."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from alexnet_core.commands.output import print_json, progress_bar
from alexnet_core.errors import ConfigError, ImageError


def classify(wanted: Namespace) -> int:
    """Classify pictures; 1 if one of them could not be read, the others are answered."""
    if wanted.top < 1:
        raise ConfigError("--top", wanted.top, "1 or more")
    from alexnet_core.data import images
    from alexnet_core.evaluation.classify import classify as answer
    from alexnet_core.models import library

    model = library.load(wanted.model)
    found: list[dict[str, Any]] = []
    for name in wanted.files:
        try:
            classification = answer(model, images.read(Path(name)), top=wanted.top)
        except ImageError as error:
            found.append({"file": name, "error": str(error)})
            continue
        predictions = [
            {"label": p.label, "probability": p.probability, "logit": p.logit}
            for p in classification.predictions
        ]
        found.append({"file": name, "predictions": predictions})
    if wanted.json:
        print_json(found)
    else:
        for entry in found:
            _print_entry(entry)
    return 1 if any("error" in entry for entry in found) else 0


def evaluate(wanted: Namespace) -> int:
    """Loss, top-1 and top-5 of a model on a split."""
    from alexnet_core.evaluation.evaluate import evaluate as measure
    from alexnet_core.models import library

    model = library.load(wanted.model)
    with progress_bar("Decoding", " pictures") as progress:
        accuracy = measure(
            model, wanted.dataset, wanted.split, views=wanted.views, progress=progress
        )
    if wanted.json:
        print_json(
            {
                "model": wanted.model,
                "dataset": wanted.dataset,
                "split": wanted.split,
                "views": wanted.views,
                "loss": accuracy.loss,
                "top1": accuracy.top1,
                "top5": accuracy.top5,
                "n": accuracy.n,
            }
        )
    else:
        print(
            f"top-1 {accuracy.top1:.4f}, top-5 {accuracy.top5:.4f}, "
            f"loss {accuracy.loss:.4f} on {accuracy.n} pictures"
        )
    return 0


def _print_entry(entry: dict[str, Any]) -> None:
    if "error" in entry:
        print(f"{entry['file']}: {entry['error']}", file=sys.stderr)
        return
    print(entry["file"])
    for guess in entry["predictions"]:
        print(f"  {guess['probability']:7.2%}  {guess['label']} (logit {guess['logit']:.2f})")
