"""A run as a file that others can use: network, figures and a script that measures it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

from alexnet_core import files
from alexnet_core.errors import TrainingError
from alexnet_core.models import checkpoint
from alexnet_core.runs import run_folder
from alexnet_core.runs.store import Store

_SCRIPT = '''"""Measure this network again: python reproduce.py

Needs alexnet-lab and the data set {dataset!r} (alexnet-lab data list).
"""

import json
from pathlib import Path

from alexnet_core.evaluation.evaluate import evaluate
from alexnet_core.models import library

here = Path(__file__).resolve().parent
card = json.loads((here / "model" / "card.json").read_text(encoding="utf-8"))
accuracy = evaluate(library.load(f"file:{{here / 'model'}}"), {dataset!r}, "test")
print(f"top-1 {{accuracy.top1:.4f}}; the card says {{card['metrics'].get('test_top1')}}")
'''


class Row(NamedTuple):
    """One figure of a run."""

    name: str
    step: int
    epoch: int
    value: float
    time: float


def rows(run: str) -> list[Row]:
    """Every figure of a run by name and step.

    Raises:
        UnknownNameError: there is no such run.
    """
    store = Store.open()
    store.get(run)
    return [
        Row(name, *point)
        for name, series in sorted(store.series(run).items())
        for point in zip(series.step, series.epoch, series.value, series.time, strict=True)
    ]


def export(run: str, out: Path) -> Path:
    """Write the best network of a run with all that belongs to it into a ZIP.

    Raises:
        UnknownNameError: there is no such run.
        TrainingError: it has no finished epoch.
        DiskFullError, HomeError: the file can't be written.
    """
    found = Store.open().get(run)
    path = run_folder.of(run)
    model = run_folder.result(path)
    if not model.is_dir():
        model = run_folder.checkpoint(path, found.best_epoch)
    if not model.is_dir():
        raise TrainingError(f"Run {run} has no finished epoch to export.")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows(run))
    with (
        files.replacing(out.resolve()) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in (checkpoint.WEIGHTS, checkpoint.CARD):
            archive.write(model / name, f"{run}/model/{name}")
        archive.writestr(f"{run}/config.json", json.dumps(dict(found.config), indent=2))
        archive.writestr(f"{run}/metrics.csv", table.getvalue())
        archive.writestr(f"{run}/reproduce.py", _SCRIPT.format(dataset=found.dataset))
    return out
