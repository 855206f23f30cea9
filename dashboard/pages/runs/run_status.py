"""How a run stands, as pages need to know it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from alexnet_core.runs.records import Edit, Run, RunStatus
from alexnet_core.training import epoch_records

SILENT = 10.0
"""Seconds without a sign of life after which a viewer is told."""


def state(run: Run, edits: Sequence[Edit]) -> str:
    """One word that changes when a page about the run has something else to show."""
    parts: tuple[object, ...] = (
        run.status,
        run.requested,
        run.attempts,
        run.best_epoch,
        run.epochs,
        len(epoch_records.listing(run.id)),
        len(edits),
        sum(edit.step is not None for edit in edits),
        # How far it is with reading pictures is no other state.
        "" if run.status.live else run.reason,
        "" if run.test_top1 is None else run.test_top1,
    )
    return "|".join(map(str, parts))


def moving(run: Run) -> bool:
    """Whether there will be news of a run without anybody asking for it."""
    return run.status.live or run.status is RunStatus.QUEUED


def silence(run: Run) -> int | None:
    """Seconds since a living run's worker last wrote, if they are worth a word."""
    heard = max(run.heartbeat or 0, run.started or 0)
    silent = time.time() - heard
    return int(silent) if run.status.live and heard and silent > SILENT else None
