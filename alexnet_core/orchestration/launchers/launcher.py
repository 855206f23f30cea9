"""What the engine asks of whatever starts a run's process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from alexnet_core.runs.records import Run


@dataclass(frozen=True)
class Slot:
    """A place for one run at a time."""

    name: str
    """``cpu``, ``cuda:N``, or several GPUs joined by a plus sign."""
    gpus: tuple[int, ...] = ()
    """The numbers of its GPUs as the driver counts."""
    threads: int = 1
    """Its fair share of the cores."""

    @classmethod
    def joined(cls, slots: Sequence[Slot]) -> Slot:
        """Several places as one, for a run that several processes share."""
        return cls(
            name="+".join(slot.name for slot in slots),
            gpus=tuple(gpu for slot in slots for gpu in slot.gpus),
            threads=sum(slot.threads for slot in slots),
        )

    def has(self, other: Slot) -> bool:
        """Whether that place is this one or a part of it."""
        return other.name in self.name.split("+")


@dataclass(frozen=True)
class Exit:
    """A process that is gone."""

    code: int | None
    """Its exit code, minus the signal's number if one killed it; None where nobody saw it die."""


class Launcher(Protocol):
    """Starts and ends the processes of runs; five calls."""

    def capacity(self) -> tuple[Slot, ...]:
        """All places for runs, taken or not."""

    def submit(self, run: Run, slot: Slot) -> None:
        """Start a run's worker; returns at once.

        Raises:
            TrainingError: it can't be started.
        """

    def poll(self, run: str) -> Slot | Exit:
        """The place that a living run takes, or how it went."""

    def stop(self, run: str) -> None:
        """Kill what is left of a run's processes, at once and without saving."""

    def logs(self, run: str, lines: int) -> str:
        """The last lines that its worker printed."""
