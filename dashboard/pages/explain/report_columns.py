"""What the page shows of a report over many pictures: a column for each figure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.localisation import Localisation
    from alexnet_core.explanation.evaluation.report_schema import MethodSummary, Report
    from alexnet_core.explanation.evaluation.statistics import Estimate

INSIDE, HIT, FORGETTING = "inside", "hit", "forgetting"
BY_CHANCE = "by-chance"
_HEAD = ("method", "title", "figure", "mean", "low", "high", "median", "pictures")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One figure of all methods."""

    name: str
    title: str
    sentence: str
    better: Literal["lower", "higher", "neither"]
    values: Mapping[str, Estimate | None]
    """Method -> its mean over the pictures."""
    share: bool = False
    """Whether it is shown as a percentage."""
    chance: Estimate | None = None
    """What maps without knowledge score."""
    paired: bool = False
    """Whether each picture was compared with its own chance."""
    limit: float | None = None
    """A level that it should stay below."""
    beyond: frozenset[str] | None = None
    """The methods that are clearly on the better side of chance or limit; None without one."""

    def ranked(self) -> dict[str, Estimate]:
        """The methods that have it, the best first; in their own order where none is better."""
        known = {name: value for name, value in self.values.items() if value is not None}
        if self.better == "neither":
            return known
        sign = 1 if self.better == "lower" else -1
        return dict(sorted(known.items(), key=lambda pair: sign * pair[1].mean))


def columns(report: Report) -> dict[str, Column]:
    """Name of a figure -> its column; the object found comes first, where it is known."""
    from alexnet_core.explanation.evaluation.metrics import FIGURES

    by_chance = {"deletion": report.by_chance.deletion, "insertion": report.by_chance.insertion}
    measured = [
        Column(
            name=name,
            title=figure.title,
            sentence=figure.sentence,
            better=figure.better,
            values={one.method: one.figures.get(name) for one in report.methods},
            chance=by_chance.get(name),
            beyond=_beyond(report, name, by_chance[name]) if name in by_chance else None,
        )
        for name, figure in FIGURES.items()
    ]
    # What is known of the truth first, what it costs last.
    found = [*_truths(report), *measured[:-1], *_forgettings(report), measured[-1]]
    return {
        one.name: one for one in found if any(value is not None for value in one.values.values())
    }


def table_of(report: Report) -> str:
    """Every number with its interval as CSV: a line a method and figure."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(_HEAD)
    for method, title, figure, value in _numbers(report):
        if value is not None:
            numbers = (value.mean, value.low, value.high, value.median, value.n)
            lines.writerow((method, title, figure, *numbers))
    return file.getvalue()


def _truths(report: Report) -> list[Column]:
    truths: dict[str, Localisation] = {
        one.method: one.localisation for one in report.methods if one.localisation
    }
    if not truths:
        return []
    chance = next(iter(truths.values())).chance
    return [
        Column(
            name=INSIDE,
            title="Inside the object",
            sentence="Relevance mass accuracy: the share of the heat that lies on the object. "
            "Chance is taken off picture by picture, since a large object is easier to hit.",
            better="higher",
            values={name: one.relevance_mass_accuracy for name, one in truths.items()},
            share=True,
            chance=chance,
            paired=True,
            beyond=frozenset(n for n, one in truths.items() if one.gain and one.gain.low > 0),
        ),
        Column(
            name=HIT,
            title="Hottest pixel",
            sentence="The pointing game: how often the hottest pixel lies on the object. Chance is "
            "taken off picture by picture, since a large object is easier to hit.",
            better="higher",
            values={name: one.hit for name, one in truths.items()},
            share=True,
            chance=chance,
            paired=True,
            beyond=frozenset(name for name, one in truths.items() if one.hit_gain.low > 0),
        ),
    ]


def _forgettings(report: Report) -> list[Column]:
    from alexnet_core.explanation.evaluation.parameter_randomisation import UNCHANGED

    told = {
        one.method: one.parameter_randomisation
        for one in report.methods
        if one.parameter_randomisation
    }
    if not told:
        return []
    judged = next(iter(told.values())).judged
    return [
        Column(
            name=FORGETTING,
            title="After forgetting",
            sentence="The model parameter randomisation test: rank correlation with the map "
            f"before, once {judged} and what follows has forgotten what it learned. Near 0 is "
            f"sound; from {UNCHANGED} on, the map counts as unchanged.",
            better="lower",
            values={
                name: one.correlations[one.layers.index(one.judged)] for name, one in told.items()
            },
            limit=UNCHANGED,
            beyond=frozenset(name for name, one in told.items() if not one.unchanged),
        )
    ]


def _beyond(report: Report, name: str, chance: Estimate) -> frozenset[str]:
    """The methods whose interval does not touch that of chance, on the better side of it."""
    found = {one.method: one.figures.get(name) for one in report.methods}
    return frozenset(
        method
        for method, value in found.items()
        if value is not None
        and (value.high < chance.low if name == "deletion" else value.low > chance.high)
    )


def _numbers(report: Report) -> Iterator[tuple[str, str, str, Estimate | None]]:
    for one in report.methods:
        for figure, value in one.figures.items():
            yield one.method, one.title, figure, value
        if one.localisation:
            for figure in type(one.localisation).model_fields:
                yield one.method, one.title, f"object-{figure}", getattr(one.localisation, figure)
        yield from _forgotten(one)
    for figure in type(report.by_chance).model_fields:
        value = getattr(report.by_chance, figure)
        yield BY_CHANCE, "Pixels in a random order", figure, value


def _forgotten(one: MethodSummary) -> Iterator[tuple[str, str, str, Estimate | None]]:
    if told := one.parameter_randomisation:
        pairs = zip(told.layers, told.correlations, strict=True)
        for layer, value in pairs:
            yield one.method, one.title, f"forgotten-down-to-{layer}", value
