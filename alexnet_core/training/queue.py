"""Who is next: queued runs and free slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alexnet_core.runs.records import Run, RunStatus
from alexnet_core.training.launchers.launcher import Slot


def order(runs: Sequence[Run]) -> list[Run]:
    """The queued runs in the order in which they get a slot: priority, then age."""
    queued = [run for run in runs if run.status is RunStatus.QUEUED]
    return sorted(queued, key=lambda run: (-run.priority, run.created, run.id))


def assign(
    runs: Sequence[Run],
    taken: Sequence[tuple[Run, Slot]],
    capacity: Sequence[Slot],
    per_owner: int | None = None,
) -> list[tuple[Run, Slot]]:
    """The queued runs that start now, each with its slot.

    Args:
        runs: all that have not ended.
        taken: living runs with the slot that each takes.
        capacity: all slots.
        per_owner: living runs that one person may have at once; None for no limit.
    """
    free = [slot for slot in capacity if slot not in [slot for _, slot in taken]]
    living = Counter(run.owner for run, _ in taken)
    starting = []
    for run in order(runs):
        if per_owner is not None and living[run.owner] >= per_owner:
            continue
        fitting = [slot for slot in free if _fits(run, slot)]
        if not fitting:
            continue
        free.remove(fitting[0])
        living[run.owner] += 1
        starting.append((run, fitting[0]))
    return starting


def _fits(run: Run, slot: Slot) -> bool:
    """A run that names one GPU waits for it; any other takes what is free."""
    wanted = str(run.config.get("device", "auto"))
    return wanted == slot.name if wanted.startswith("cuda:") else True
