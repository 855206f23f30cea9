"""Where reports lie: a folder for each checkpoint, a file for each data set and set of options."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from alexnet_core import files, home
from alexnet_core.data.datasets import Dataset
from alexnet_core.errors import ConfigError
from alexnet_core.explanation.evaluation.report_schema import Report, ReportOptions
from alexnet_core.models.fingerprint import fingerprint
from alexnet_core.models.library import LoadedModel

_VERSION = 1


def path_of(model: LoadedModel, dataset: Dataset, options: ReportOptions) -> Path:
    """Where that report lies, or would: other weights, pictures or options, another file."""
    text = f"{_VERSION} {dataset.card.fingerprint} {options.to_json()}"
    name = hashlib.sha256(text.encode()).hexdigest()[:32]
    return folder_of(model) / f"{name}.json"


def save(path: Path, report: Report) -> None:
    """Write a report down; all of it appears at once, or nothing.

    Raises:
        DiskFullError, HomeError: it can't be written.
    """
    with files.replacing(path) as temporary:
        temporary.write_text(report.to_json(), encoding="utf-8")


def load(path: Path) -> Report | None:
    """The report that lies there; None where there is none, or it is damaged."""
    try:
        return Report.from_json(path.read_bytes())
    except (OSError, ConfigError):
        # It will be computed anew.
        return None


def listing(model: LoadedModel) -> list[Report]:
    """Every report on what these weights compute, the newest first."""
    dated = []
    for path in folder_of(model).glob("*.json"):
        with contextlib.suppress(OSError):
            dated.append((path.stat().st_mtime_ns, path))
    return [found for _, path in sorted(dated, reverse=True) if (found := load(path)) is not None]


def folder_of(model: LoadedModel) -> Path:
    """Where all reports on what these weights compute lie, or would."""
    return home.home() / "explanation" / fingerprint(model)[:32]
