"""What one visitor has chosen on the page Explain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import link_values, visitor
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.attributions import Asked

if TYPE_CHECKING:
    from alexnet_core.config import Config
    from alexnet_core.explanation.target import Target

FIRST = ("saliency", "input-x-gradient", "grad-cam")
"""Drawn at first sight: they take two passes through the network, and no network refuses them."""

SHOWS = ("over", "alone", "outline")
SIGNS = ("signed", "sizes")
SCALES = ("own", "shared")
PARTS = (
    "Method trial",
    "Paint and watch",
    "Prediction ledger",
    "Sanity lever",
    "Agreement",
    "Many pictures",
)

_KEY = "explain-choice"


@dataclass
class Choice:
    """The choices of one visitor."""

    methods: tuple[str, ...] = FIRST
    """The cards, in the order of the table of methods."""
    opened: str = FIRST[0]
    """The card that is shown large."""
    index: int | None = None
    """The class that is explained, or None for the predicted one."""
    against: int | None = None
    """The class that it is contrasted with."""
    unit: tuple[str, int] | None = None
    """A layer and its unit, where one is asked about instead of a class."""
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Method -> what is not at its default."""
    show: str = SHOWS[0]
    signs: str = SIGNS[0]
    scale: str = SCALES[0]
    part: str = PARTS[0]
    began: str = PARTS[0]
    """The part at first sight; tabs whose default moves would begin anew."""
    ledger: int | None = None
    """The hidden unit that is looked at in the ledger."""

    def target(self) -> Target:
        """What is asked."""
        from alexnet_core.explanation.target import Target

        if self.unit is not None:
            return Target(layer=self.unit[0], unit=self.unit[1])
        return Target(index=self.index, against=self.against)

    def aim(self, index: int | None, against: int | None = None) -> None:
        """Ask about a class, or why it and not another."""
        self.index, self.against, self.unit = index, against, None

    def options_of(self, method: str) -> Config:
        """The options of a method; where they are no longer allowed, its defaults."""
        from alexnet_core.explanation.methods import registry

        row = registry.get(method)
        try:
            return row.options(**self.options.get(method, {}))
        except LabError:
            self.options.pop(method, None)
            return row.options()

    def set_option(self, method: str, name: str, value: object) -> None:
        """Change an option; the default is no change.

        Raises:
            ConfigError: it is not allowed; the options stay.
        """
        from alexnet_core.explanation.methods import registry

        row = registry.get(method)
        wanted = {**self.options.get(method, {}), name: value}
        changed = row.options(**wanted).model_dump(exclude_defaults=True)
        if changed:
            self.options[method] = changed
        else:
            self.options.pop(method, None)

    def asked(self, method: str) -> Asked:
        """The whole question to a method."""
        return Asked(method, self.target(), self.options_of(method))

    def take(self, wanted: object) -> None:
        """Show these methods; the table of methods gives the order."""
        from alexnet_core.explanation.methods import registry

        names = wanted if isinstance(wanted, list | tuple) else ()
        self.methods = tuple(name for name in registry.METHODS if name in names)
        if self.methods and self.opened not in self.methods:
            self.opened = self.methods[0]


def choice() -> Choice:
    """The one of this session; a new session begins as its link says."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Choice):
        found = st.session_state[_KEY] = _from_link()
    return found


def publish(who: Visitor, chosen: Choice) -> None:
    """Write the choices into the address bar, so that it is a permanent link."""
    more = {}
    if chosen.methods != FIRST:
        more["methods"] = ",".join(chosen.methods)
    if chosen.methods and chosen.opened != chosen.methods[0]:
        more["open"] = chosen.opened
    if chosen.index is not None:
        more["target"] = str(chosen.index)
    if chosen.against is not None:
        more["against"] = str(chosen.against)
    if chosen.unit is not None:
        more["about"] = f"{chosen.unit[0]}:{chosen.unit[1]}"
    settings = {
        f"{method}.{name}": value
        for method, changed in chosen.options.items()
        for name, value in changed.items()
    }
    if settings:
        more["options"] = link_values.joined(settings)
    for name, first in (("show", SHOWS[0]), ("signs", SIGNS[0]), ("scale", SCALES[0])):
        if getattr(chosen, name) != first:
            more[name] = getattr(chosen, name)
    if chosen.part != PARTS[0]:
        more["part"] = _short(chosen.part)
    if chosen.ledger is not None:
        more["hidden"] = str(chosen.ledger)
    visitor.publish(who, **more)


def _from_link() -> Choice:
    """Names that are not known are passed over: an old link still opens the page."""
    from alexnet_core.explanation.methods import registry

    said = st.query_params.to_dict()
    found = Choice()
    if "methods" in said:
        found.take(said["methods"].split(","))
    if said.get("open") in found.methods:
        found.opened = said["open"]
    layer, _, unit = said.get("about", "").partition(":")
    number = _number(unit)
    if layer and number is not None:
        found.unit = (layer, number)
    else:
        found.index, found.against = _number(said.get("target")), _number(said.get("against"))
    if "options" in said:
        for name, value in link_values.separate([said["options"]]):
            method, _, option = name.partition(".")
            if method in registry.METHODS and option:
                _try(found, method, option, value)
    for name, allowed in (("show", SHOWS), ("signs", SIGNS), ("scale", SCALES)):
        if said.get(name) in allowed:
            setattr(found, name, said[name])
    parts = {_short(part): part for part in PARTS}
    found.part = found.began = parts.get(said.get("part", ""), PARTS[0])
    found.ledger = _number(said.get("hidden"))
    return found


def _try(found: Choice, method: str, option: str, value: object) -> None:
    try:
        found.set_option(method, option, value)
    except LabError:
        return


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None


def _short(part: str) -> str:
    return part.lower().replace(" ", "-")
