"""A network on paper: what it starts from, which switches are changed, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import TypeAdapter

from alexnet_core.errors import ConfigError, ImpossibleShapeError
from alexnet_core.models import variants
from alexnet_core.models.config import AlexNetConfig
from dashboard.common import caches

CHOSEN = ""
"""Start of a plan that begins as the model that every page follows."""

FALLBACK = "alexnet-2012"
"""What is drawn where the chosen model is not on this machine."""

Starts = Mapping[str, AlexNetConfig]
"""Every network that a plan can start from: `CHOSEN` and the variants."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What a plan comes to."""

    config: AlexNetConfig
    """What can be drawn: refused switches hold the start's value, and where a layer would have no
    pixels left the input is the smallest that works."""
    refusals: Mapping[str, ConfigError]
    """Field -> why its value is not allowed."""
    broken: ImpossibleShapeError | None
    """The layer that would have no pixels left at the input that was asked for."""

    @property
    def sound(self) -> bool:
        """Whether the network can be built as it was asked for."""
        return self.broken is None and not self.refusals


@dataclass
class Plan:
    """One network in the making."""

    start: str = CHOSEN
    """`CHOSEN`, or the name of a variant."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Field -> value, where it is not the start's; the newest last."""

    def set(self, starts: Starts, name: str, value: Any) -> None:
        """Change a switch; the start's own value is no change."""
        self.changes.pop(name, None)
        if value != getattr(starts[self.start], name):
            self.changes[name] = value

    def get(self, starts: Starts, name: str) -> Any:
        """The value of a field as it was given."""
        return self.changes.get(name, getattr(starts[self.start], name))

    def resolve(self, starts: Starts) -> Resolved:
        """The config, and why it is not quite what was asked for."""
        base = starts[self.start]
        refusals = {
            name: _not_numbers(base, name, value)
            for name, value in self.changes.items()
            if isinstance(value, str) and isinstance(getattr(base, name), tuple)
        }
        left = {name: value for name, value in self.changes.items() if name not in refusals}
        broken: ImpossibleShapeError | None = None
        while True:
            try:
                config = base.replace(**left)
            except ImpossibleShapeError as error:
                broken = error
                left["input_size"] = error.smallest_input
            except ConfigError as error:
                # A place in a tuple, such as conv_channels.2, is shown beside the whole field.
                name = error.field.partition(".")[0]
                refusals.setdefault(name, error)
                # Where two fields do not go together the newest change gives way.
                left.pop(name if name in left else next(reversed(left)))
            else:
                return Resolved(config=config, refusals=refusals, broken=broken)

    def title(self, starts: Starts) -> str:
        """What to call it."""
        name = starts[self.start].name
        return f"{name}, changed" if self.changes else name


@dataclass
class Board:
    """What one visitor has on the page Architecture."""

    plan: Plan = field(default_factory=Plan)
    """The network that the switches belong to."""
    against: Plan | None = None
    """The one that it is compared with."""
    model: str = ""
    """The chosen model that the plans were last drawn with."""
    asked: str = ""
    """A layer that was to be opened and has no weights yet."""

    def begin(self, start: str) -> None:
        """Start again, from another network."""
        self.plan, self.asked = Plan(start), ""

    def compare(self, start: str | None) -> None:
        """Put another network beside it, or none."""
        self.against = None if start is None else Plan(start)

    def swap(self) -> None:
        """Let the switches belong to the other one."""
        if self.against is not None:
            self.plan, self.against, self.asked = self.against, self.plan, ""

    def settle(self, reference: str, starts: Starts) -> None:
        """Follow the model that was chosen on any page, and do without what is not there."""
        if self.model != reference:
            self.model = reference
            self.begin(CHOSEN)
        for plan in (self.plan, self.against):
            if plan is None:
                continue
            if plan.start not in starts:
                plan.start = FALLBACK
                plan.changes.clear()
            for name, value in list(plan.changes.items()):
                plan.set(starts, name, value)


def starts(reference: str) -> dict[str, AlexNetConfig]:
    """Every network that a plan can start from.

    Raises:
        LabError: the model is not on this machine; `variants_only` is then what there is.
    """
    kind, _, name = reference.partition(":")
    known = variants_only()
    # An untrained variant is known without building it.
    chosen = known[name] if kind == "random" and name in known else None
    return {CHOSEN: chosen or caches.model(reference).config, **known}


def variants_only() -> dict[str, AlexNetConfig]:
    """The variants by name."""
    return {name: variants.get(name).config for name in variants.names()}


def read(name: str, value: Any) -> Any:
    """The value as the field holds it.

    Raises:
        ValidationError: no network could hold it.
    """
    info = AlexNetConfig.model_fields[name]
    return TypeAdapter(info.rebuild_annotation()).validate_python(value)


def _not_numbers(base: AlexNetConfig, name: str, value: str) -> ConfigError:
    """A plain refusal where a field wants several numbers and got other text."""
    places = get_args(type(base).model_fields[name].annotation)
    count = "1 to 4" if Ellipsis in places else str(len(places))
    return ConfigError(name, value, f"{count} whole numbers with commas between them")
