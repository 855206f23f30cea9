"""What one visitor has chosen: one typed object a session, shared by every page.

It also lives in the address bar, so that a link reproduces what is on the screen. A picture of
the visitor's own never leaves the session and so has no place in a link; one of a data set has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import caches, links, samples
from dashboard.common.caches import Source
from dashboard.common.links import Link, Parameter

if TYPE_CHECKING:
    from alexnet_core.models.config import AlexNetConfig

DEFAULT_MODEL = "bundled:cifar10"
TOPS = (3, 5, 10)
DEFAULT_TOP = 5
DEFAULT_DATASET = "shapes"
LATEST = "latest"
EXCITED = "Excited by"
"""The part of the page Layers that shows what a unit answers to."""

# A session stays in memory after its visitor left, so what it holds is bounded.
MOST_PICTURES = 100
MOST_BYTES = 256 * 2**20

_KEY = "visitor"


@dataclass
class Visitor:
    """The choices and the pictures of one visitor."""

    model: str = DEFAULT_MODEL
    sample: str = samples.DEFAULT
    own: dict[str, Source] = field(default_factory=dict)
    """Pictures brought by the visitor by their hash, oldest first."""
    chosen: str | None = None
    """Hash of the chosen own picture; none while a sample is chosen."""
    top: int = DEFAULT_TOP
    dataset: str = DEFAULT_DATASET
    """Name of the chosen data set, which may not be on this machine."""
    large_type: bool = False
    refused: list[str] = field(default_factory=list)
    """A sentence for each file of the last upload that could not be read."""
    uploads: int = 0
    """Counts the uploads: a new number gives an empty uploader."""
    run: str = LATEST
    """The run that the page Runs shows, or the newest one."""
    epoch: int = 0
    """The epoch of that run, or 0 for its newest."""
    compared: tuple[str, ...] = ()
    """Runs that are ticked to be compared."""
    layer: str = ""
    """The layer that is looked into; none lets each page choose where to begin."""
    unit: int = 0
    """The channel or unit of that layer."""
    part: str = ""
    """What the page Layers is to show of it next; that page takes it."""
    network: AlexNetConfig | None = None
    """A network that is to be trained; the page Train takes it."""
    more: Mapping[str, str] = field(default_factory=dict)
    """What the page at hand has in its link beside the choices of every page."""

    @property
    def source(self) -> Source:
        """The chosen picture."""
        return caches.sample(self.sample) if self.chosen is None else self.own[self.chosen]

    def choose_sample(self, name: str) -> None:
        """Look at a sample."""
        self.sample, self.chosen = name, None

    def choose_run(self, run: str, epoch: int = 0) -> None:
        """Look at a run."""
        self.run, self.epoch = run, epoch

    def look_into(self, layer: str, unit: int = 0, part: str = "") -> None:
        """Look at a unit of a layer, which the model may not have."""
        self.layer, self.unit, self.part = layer, unit, part

    def keep(self, source: Source) -> None:
        """Take a picture in; the oldest go when there are too many or they are too large."""
        self.own.pop(source.sha256, None)
        self.own[source.sha256] = source
        while len(self.own) > MOST_PICTURES or (
            len(self.own) > 1 and sum(len(kept.data) for kept in self.own.values()) > MOST_BYTES
        ):
            oldest = next(iter(self.own))
            del self.own[oldest]
            if self.chosen == oldest:
                self.chosen = None


def visitor() -> Visitor:
    """The one object of this session; a new session begins as its link says."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Visitor):
        found = st.session_state[_KEY] = Visitor()
        for table in (EVERYWHERE, RUN, PLACE):
            table.take(found)
    return found


def publish(who: Visitor, *more: tuple[Link[Any], Any]) -> None:
    """Write the choices into the address bar, those that differ from a first visit.

    Args:
        who: the visitor.
        more: what the page at hand has in its link beside the choices of every page: its tables,
            each with its state.
    """
    own: dict[str, str] = {}
    for table, state in more:
        own.update(table.written(state))
    who.more = own
    wanted = {**own, **EVERYWHERE.written(who)}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    for table, _ in more:
        table.remember()


def link(who: Visitor) -> str:
    """An address that says everything, also what a first visit would choose."""
    wanted = {**EVERYWHERE.written(who, whole=("model", "top", "sample")), **who.more}
    base = (st.context.url or "").partition("?")[0]
    # A reference such as run:7@3 is easier to read, and as valid, with its own signs.
    return f"{base}?{urlencode(wanted, safe=':@/,')}"


def _take_sample(who: Visitor, name: str) -> None:
    if name in samples.SAMPLES:
        who.sample = name


def _take_picture(who: Visitor, place: str) -> None:
    """Choose a picture of a data set; one that is not there is passed over."""
    # Data sets need not be looked at before the first sight of the page.
    from dashboard.common import dataset_caches

    with contextlib.suppress(LabError):
        source = dataset_caches.at(place)
        who.keep(source)
        who.chosen = source.sha256


def _take_top(who: Visitor, said: str) -> None:
    who.top = {str(top): top for top in TOPS}.get(said, DEFAULT_TOP)


def _take_type(who: Visitor, said: str) -> None:
    who.large_type = said == "large"


def _take_compared(who: Visitor, said: str) -> None:
    who.compared = tuple(filter(None, said.split(",")))


EVERYWHERE: Link[Visitor] = Link(
    "everywhere",
    links.text("model", "model", DEFAULT_MODEL),
    Parameter("top", _take_top, lambda who: str(who.top), str(DEFAULT_TOP)),
    Parameter(
        "sample",
        _take_sample,
        lambda who: who.sample if who.chosen is None else None,
        samples.DEFAULT,
    ),
    Parameter("picture", _take_picture, lambda who: who.source.place or None),
    links.text("dataset", "dataset", DEFAULT_DATASET),
    Parameter("type", _take_type, lambda who: "large" if who.large_type else None),
)
"""What every page has in its link."""

RUN: Link[Visitor] = Link(
    "run",
    links.text("run", "run"),
    links.number("epoch", "epoch", 0),
    Parameter("compare", _take_compared, lambda who: ",".join(who.compared) or None),
)
"""Which runs are looked at, on the page that shows them."""

PLACE: Link[Visitor] = Link(
    "place", links.text("layer", "layer"), links.number("unit", "unit", 0, always=True)
)
"""Which unit is looked into, on a page that does."""
