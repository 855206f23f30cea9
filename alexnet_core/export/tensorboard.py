"""A run's figures as event files, for those who live in TensorBoard (extra ``tensorboard``)."""

from __future__ import annotations

import json
from pathlib import Path

from alexnet_core.errors import HomeError, TrainingError
from alexnet_core.export.run_archive import rows
from alexnet_core.runs.store import Store


def write_events(run: str, out: Path) -> Path:
    """Write every figure of a run with its time into ``out/RUN``, and its config as text.

    Raises:
        UnknownNameError: there is no such run.
        TrainingError: TensorBoard is not installed, or ``out/RUN`` has something in it already.
        HomeError: the folder can't be written.
    """
    found, figures = Store.open().get(run), rows(run)
    folder = out / run
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise TrainingError(
            "TensorBoard is not installed; `pip install 'alexnet-lab[tensorboard]'` brings it."
        ) from error
    # Two sets of event files in one folder are shown as one tangled curve.
    if folder.exists() and any(folder.iterdir()):
        raise TrainingError(f"{folder} is not empty; name another folder, or empty it first.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with SummaryWriter(str(folder)) as writer:
            for row in figures:
                writer.add_scalar(row.name, row.value, row.step, walltime=row.time)
            config = json.dumps(dict(found.config), indent=2)
            # Markdown takes what is indented by four as code.
            text = "\n".join(f"    {line}" for line in config.splitlines())
            writer.add_text("config", text, walltime=found.created)
    except OSError as error:
        raise HomeError(f"{folder} can't be written ({error}).") from error
    return folder
