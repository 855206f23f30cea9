"""Runs that were never computed: rows, figures and epochs as a worker leaves them."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import numpy as np

from alexnet_core import home
from alexnet_core.runs.records import MetricPoint, Run, RunStatus
from alexnet_core.runs.store import Store
from alexnet_core.training import recipes

CLASSES = ("circle", "cross", "moon", "ring", "square", "star")
STEP_SECONDS = 0.05


def example(
    name: str,
    *,
    status: RunStatus = RunStatus.FINISHED,
    step: int = 400,
    steps: int = 400,
    epochs: int = 8,
    changes: dict[str, Any] | None = None,
    **fields: Any,
) -> Run:
    """Write a run into the lab's store: its row, and its figures up to ``step``."""
    config = recipes.get("shapes-quick").replace(epochs=epochs, **(changes or {}))
    now = time.time()
    row: dict[str, Any] = {
        "id": name,
        "lab": home.lab(),
        "status": status,
        "recipe": config.recipe,
        "dataset": config.dataset,
        "config": json.loads(config.to_json()),
        "command": "alexnet-lab train --recipe shapes-quick",
        "owner": "ada",
        "created": now - steps * STEP_SECONDS,
        "started": now - steps * STEP_SECONDS if step else None,
        "heartbeat": now,
        "device": "CPU, float32",
        "attempts": int(step > 0),
        "epochs": epochs,
    }
    store = Store.open()
    store.add(Run(**row | fields))
    if step:
        advance(name, 0, step, steps=steps, epochs=epochs)
    return store.get(name)


def advance(name: str, start: int, step: int, *, steps: int, epochs: int) -> None:
    """Write the figures behind step ``start`` up to ``step``, and the row with them."""
    store = Store.open()
    each = steps // epochs
    points, now = [], time.time()
    best = store.get(name).best_epoch, store.get(name).best_validation_top1 or 0.0
    for at in range(start + 1, step + 1):
        epoch = min((at - 1) // each + 1, epochs)
        when = now - (step - at) * STEP_SECONDS
        figures = _figures(at, steps)
        if at % each == 0:
            ended = _epoch_figures(epoch, epochs)
            figures |= ended
            if ended["validation/top1"] > best[1]:
                best = epoch, ended["validation/top1"]
        points += [MetricPoint(key, at, epoch, value, when) for key, value in figures.items()]
    progress = {
        "step": step,
        "steps": steps,
        "epoch": min((step - 1) // each + 1, epochs),
        "epochs": epochs,
        "train_loss": _figures(step, steps)["train/loss"],
        "images_per_second": 1_280.0,
        "seconds_left": (steps - step) * STEP_SECONDS,
        "best_epoch": best[0],
        "best_validation_top1": best[1] if best[0] else None,
        "heartbeat": now,
    }
    store.log(name, points, progress)


def leave_epochs(name: str, count: int, *, classes: tuple[str, ...] = CLASSES) -> None:
    """What the epochs of a run leave in its folder, without the weights."""
    folder = home.folder("runs") / name
    (folder / "epochs").mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0)
    pixels = noise.integers(0, 255, (len(classes), 32, 32, 3)).astype(np.uint8)
    np.savez_compressed(
        folder / "epochs" / "pinned.npz",
        numbers=np.arange(len(classes)),
        labels=np.array(classes),
        pixels=pixels,
    )
    history = []
    for epoch in range(1, count + 1):
        share = 0.3 + 0.6 * epoch / count
        rows = np.full((len(classes), len(classes)), (1 - share) / (len(classes) - 1))
        np.fill_diagonal(rows, share)
        filters = np.full((48, 5, 5, 3), 127 + 20 * epoch / count, dtype=np.float64)
        filters += noise.normal(0, 60 * epoch / count, filters.shape)
        np.savez_compressed(
            folder / "epochs" / f"{epoch:05}.npz",
            probabilities=rows.astype(np.float32),
            confusion=(100 * rows).round().astype(np.int32),
            filters=filters.clip(0, 255).astype(np.uint8),
        )
        history.append({"epoch": epoch, "validation_top1": share})
    (folder / "history.json").write_text(json.dumps(history))


def _figures(step: int, steps: int) -> dict[str, float]:
    done = step / steps
    loss = 2.3 * math.exp(-3 * done) + 0.25 * math.sin(step * 12.9898) ** 2 + 0.1
    found = {
        "train/loss": loss,
        "train/top1": 1 - loss / 2.7,
        "lr": 0.05 * (1 - done) + 1e-4,
        "images_per_second": 1_280 + 90 * math.sin(step / 7),
    }
    if step % 40 == 0:
        found |= {
            "system/cpu": 0.9 + 0.08 * math.sin(step / 50),
            "system/memory": 1.2e9 + 1e8 * done,
        }
    return found


def _epoch_figures(epoch: int, epochs: int) -> dict[str, float]:
    # The best epoch is not the last one.
    done = epoch / epochs
    top1 = 0.75 * (1 - math.exp(-4 * done)) - 0.12 * max(done - 0.7, 0)
    return {
        "train/epoch_loss": 2.0 * math.exp(-3 * done) + 0.2,
        "train/epoch_top1": 0.85 * (1 - math.exp(-4 * done)),
        "validation/loss": 2.0 * math.exp(-3 * done) + 0.3 + 0.3 * done,
        "validation/top1": top1,
        "validation/top5": min(top1 + 0.25, 1.0),
        "epoch_seconds": 12.0,
    }
