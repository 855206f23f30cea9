"""What the run that a visitor puts together will be, as far as it can be said at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alexnet_core.data import datasets
from alexnet_core.errors import ConfigError, LabError
from alexnet_core.planning.preflight import Preflight, preflight
from alexnet_core.planning.sweeps import SweepRun
from alexnet_core.training.config import RunConfig
from dashboard.common import caches
from dashboard.common.format import memory_size
from dashboard.common.refusals import sentence
from dashboard.pages.train.draft import Draft

if TYPE_CHECKING:
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.data.transforms import Transform
    from alexnet_core.devices import ComputePlan
    from alexnet_core.models.config import AlexNetConfig
    from alexnet_core.planning.memory_estimate import Memory, Room


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """A draft, looked at from every side."""

    config: RunConfig
    """What would be started; a refused field holds the recipe's value."""
    refusals: dict[str, str]
    """Dotted field name -> a sentence to show beside it. A run may start where there is none."""
    dataset: Dataset | None
    """None where it can't be opened."""
    preflight: Preflight | None
    """None without a data set."""
    memory: Memory | None
    """None without a data set or device."""
    room: Room | None
    """Memory of the device."""
    plan: ComputePlan | None
    """None where the device can't be had."""
    reading_ahead: bool
    """Whether some of it was refused, so that the rest is shown without it."""

    @property
    def can_be_timed(self) -> bool:
        """Whether steps of it can be tried here: what stands in its way is no matter of speed."""
        blocking = ("device", "precision", "batch_size", "start_from", "model.in_channels")
        return self.memory is not None and not any(path in self.refusals for path in blocking)

    def runs(self, sweep: Sequence[SweepRun]) -> tuple[Preflight, ...]:
        """What would be started: the runs of a sweep, or this one."""
        if self.dataset is None or self.preflight is None:
            return ()
        if not sweep:
            return (self.preflight,)
        return tuple(preflight(run.config, self.dataset.card, _network_of) for run in sweep)

    def objection(self, sweep: Sequence[SweepRun], runs: Sequence[Preflight]) -> str:
        """Why the runs of a sweep can't all start; empty where they can."""
        for one, checked in zip(sweep, runs, strict=False):
            for refusal in checked.refusals:
                return f"{one.name}: {sentence(refusal)}"
            if self.plan is not None and self.room is not None:
                too_large = _too_large(_needs(checked, self.plan), self.room)
                if too_large:
                    return f"{one.name}: {too_large}"
        return ""


def look_ahead(draft: Draft) -> Outlook:
    """Resolve a draft and ask the data set, the library and the device about it."""
    from alexnet_core import devices
    from alexnet_core.planning import memory_estimate

    resolved = draft.resolve()
    config = resolved.config
    refusals = {path: sentence(error) for path, error in resolved.refusals.items()}
    dataset = checked = None
    try:
        dataset = datasets.open(config.dataset)
    except LabError as error:
        refusals["dataset"] = str(error)
    else:
        checked = preflight(config, dataset.card, _network_of)
        for refusal in checked.refusals:
            refusals.setdefault(refusal.field, sentence(refusal))
    plan, room, memory = None, None, None
    try:
        plan = devices.plan(config.device, config.precision)
    except ConfigError as error:
        refusals.setdefault(error.field, sentence(error))
    if plan is not None and checked is not None:
        room, memory = memory_estimate.room(plan.device), _needs(checked, plan)
        too_large = _too_large(memory, room)
        if too_large:
            refusals.setdefault("batch_size", too_large)
    return Outlook(
        config=config,
        refusals=refusals,
        dataset=dataset,
        preflight=checked,
        memory=memory,
        room=room,
        plan=plan,
        reading_ahead=bool(resolved.refusals),
    )


def _network_of(reference: str) -> tuple[AlexNetConfig, Transform]:
    loaded = caches.model(reference)
    return loaded.config, loaded.transform


def _needs(checked: Preflight, plan: ComputePlan) -> Memory:
    from alexnet_core.planning import memory_estimate

    half, on_gpu = plan.precision != "fp32", plan.device.type != "cpu"
    return memory_estimate.memory(checked.config, half=half, on_gpu=on_gpu)


def _too_large(needed: Memory, room: Room) -> str:
    """What to say of a step for which the whole memory is too small."""
    if needed.total <= room.whole:
        return ""
    most = needed.batch_that_fits(room.whole)
    way_out = f"A batch of {most:,} would fit" if most > 1 else "Only a smaller network would fit"
    return (
        f"A step would hold about {memory_size(needed.total)}; all the memory there is comes to "
        f"{memory_size(room.whole)}. {way_out}."
    )
