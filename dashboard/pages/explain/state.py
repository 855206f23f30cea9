"""What one visitor has chosen on the page Explain."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import links
from dashboard.common.links import Link, Parameter
from dashboard.common.passes.passes import Inside
from dashboard.pages.explain.attributions import Asked

if TYPE_CHECKING:
    from alexnet_core.config import Config
    from alexnet_core.explanation.target import Resolved, Target

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
        found = st.session_state[_KEY] = Choice()
        LINK.take(found)
        found.began = found.part
    return found


def settle(chosen: Choice, found: Inside) -> list[str]:
    """Ask what can be asked of this network; gives a sentence for whatever can't be."""
    from alexnet_core.explanation import target

    said = [found.captured.warning] if found.captured.warning else []
    try:
        target.resolve(found.model, chosen.target(), found.captured.probabilities)
    except LabError as error:
        chosen.aim(None)
        said.append(f"{error} Explained is the predicted class.")
    return said


def resolved(chosen: Choice, found: Inside) -> Resolved:
    """What is asked, in names for people; it must be settled."""
    from alexnet_core.explanation import target

    return target.resolve(found.model, chosen.target(), found.captured.probabilities)


def refusal(chosen: Choice, found: Inside, method: str) -> str:
    """One sentence why the network can't be explained so, or nothing."""
    from alexnet_core.explanation.methods import registry

    options = chosen.options_of(method)
    said = registry.get(method).refuses(found.model.config, options)
    layer = getattr(options, "layer", None)
    if not said and layer is not None:
        said = _layer_refusal(chosen, found, layer)
    return said


def _layer_refusal(chosen: Choice, found: Inside, layer: str) -> str:
    from alexnet_core.explanation.methods.subject import maps_of

    maps = maps_of(found.model.config)
    if layer not in maps:
        return f"{found.model.config.name} has no layer {layer} that gives maps."
    order = [spec.name for spec in found.model.config.layers()]
    if chosen.unit is not None and order.index(layer) > order.index(chosen.unit[0]):
        return f"{layer} lies behind {chosen.unit[0]}, which is asked; choose an earlier layer."
    return ""


def _take_open(chosen: Choice, method: str) -> None:
    if method in chosen.methods:
        chosen.opened = method


def _open(chosen: Choice) -> str | None:
    other = chosen.methods and chosen.opened != chosen.methods[0]
    return chosen.opened if other else None


def _take_unit(chosen: Choice, said: str) -> None:
    """A unit is asked about instead of a class."""
    layer, _, unit = said.partition(":")
    number = links.whole(unit)
    if layer and number is not None:
        chosen.aim(None)
        chosen.unit = (layer, number)


def _take_options(chosen: Choice, said: str) -> None:
    from alexnet_core.explanation.methods import registry

    for name, value in links.separate(said):
        method, _, option = name.partition(".")
        if method in registry.METHODS and option:
            # What is not allowed is passed over.
            with contextlib.suppress(LabError):
                chosen.set_option(method, option, value)


def _options(chosen: Choice) -> str | None:
    settings = {
        f"{method}.{name}": value
        for method, changed in chosen.options.items()
        for name, value in changed.items()
    }
    return links.joined(settings) or None


LINK: Link[Choice] = Link(
    "explain",
    Parameter(
        "methods",
        lambda chosen, said: chosen.take(said.split(",")),
        lambda chosen: ",".join(chosen.methods),
        ",".join(FIRST),
    ),
    Parameter("open", _take_open, _open),
    links.number("target", "index"),
    links.number("against", "against"),
    Parameter(
        "about",
        _take_unit,
        lambda chosen: f"{chosen.unit[0]}:{chosen.unit[1]}" if chosen.unit else None,
    ),
    Parameter("options", _take_options, _options),
    links.one_of("show", "show", SHOWS),
    links.one_of("signs", "signs", SIGNS),
    links.one_of("scale", "scale", SCALES),
    links.one_of("part", "part", PARTS),
    links.number("hidden", "ledger"),
)
