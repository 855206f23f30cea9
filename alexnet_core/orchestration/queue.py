"""Who is next: queued runs and free slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alexnet_core import usage
from alexnet_core.errors import ConfigError
from alexnet_core.orchestration.launchers.launcher import Slot
from alexnet_core.runs.records import Run, RunStatus
from alexnet_core.training.config import RunConfig


def check(config: RunConfig) -> None:
    """Refuse a run that would wait for ever.

    Raises:
        ConfigError: more processes share it than this machine has GPUs.
    """
    gpus = len(usage.gpus()) if config.processes > 1 and config.device != "cpu" else 0
    if gpus and config.processes > gpus:
        allowed = f"at most {gpus}, one for each GPU of this machine"
        raise ConfigError("processes", config.processes, allowed)


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
    free = [slot for slot in capacity if not any(used.has(slot) for _, used in taken)]
    living = Counter(run.owner for run, _ in taken)
    starting = []
    for run in order(runs):
        if per_owner is not None and living[run.owner] >= per_owner:
            continue
        fitting = [slot for slot in free if _fits(run, slot)]
        needed = _needed(run, capacity)
        if len(fitting) < needed:
            continue
        place = Slot.joined(fitting[:needed])
        free = [slot for slot in free if not place.has(slot)]
        living[run.owner] += 1
        starting.append((run, place))
    return starting


def _needed(run: Run, capacity: Sequence[Slot]) -> int:
    """Each process of a run takes a GPU; on a CPU they share the one place there is."""
    on_gpus = run.config.get("device", "auto") != "cpu" and all(slot.gpus for slot in capacity)
    return int(run.config.get("processes", 1)) if on_gpus else 1


def _fits(run: Run, slot: Slot) -> bool:
    """A run that names one GPU waits for it; any other takes what is free."""
    wanted = str(run.config.get("device", "auto"))
    return wanted == slot.name if wanted.startswith("cuda:") else True
