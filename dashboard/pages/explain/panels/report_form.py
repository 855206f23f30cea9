"""What a report over many pictures is asked for: pictures, methods, and how many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.data import datasets
from alexnet_core.errors import LabError
from dashboard.common.format import counted, span
from dashboard.common.passes.passes import Inside
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.state import Choice

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.report_schema import Report, ReportOptions

PICTURES = 50
"""A quarter of the command's own default: somebody waits for it."""

QUICK, CARDS = "quick", "cards"

_SPLITS = {"train": "training", "val": "validation", "test": "test"}


@dataclass
class Desk:
    """What one visitor has asked for here."""

    n: int = PICTURES
    which: str = QUICK
    """The methods that take few passes, or those that have a card."""
    job: str = ""
    """The report that this visitor began last."""
    asked: tuple[str, ReportOptions] | None = None
    """Its data set and options."""
    shown: str = ""
    """The name of the report on the screen; the newest where there is none of that name."""
    said: str = ""
    """Why there is no report, told once."""


def form(
    who: Visitor,
    chosen: Choice,
    found: Inside,
    desk: Desk,
    stored: list[Report],
    *,
    busy: bool,
) -> None:
    """Show the widgets.

    Args:
        who: whose data set is offered first.
        chosen: the methods that have a card.
        found: the network to explain.
        desk: where the choices are kept.
        stored: the earlier reports on it.
        busy: whether one is being made.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    from alexnet_core.explanation.evaluation import report as reports
    from alexnet_core.explanation.methods import registry

    with st.container(horizontal=True, vertical_alignment="bottom", key="report-bar"):
        name = _dataset(who, found)
        dataset = datasets.open(name)
        split = "test" if dataset.card.length("test") else dataset.card.splits[-1]
        n = _pictures(desk, dataset.card.length(split))
        names = _methods(chosen, found, desk)
        options = reports.ReportOptions(n=n, split=split, methods=names)
        there = reports.load(found.model, name, options)
        st.button(
            f"Explain {counted(n, 'picture')}",
            icon=":material/stacked_bar_chart:",
            key="report-begin",
            disabled=busy,
            help="One report at a time." if busy else None,
            on_click=_begin,
            args=(desk, found, name, options),
        )
    if split != "test":
        st.caption(f"This set has no test pictures, so {_SPLITS[split]} pictures are taken.")
    slow = [registry.get(name).title for name in names if registry.get(name).cost == "perturbation"]
    if slow:
        st.caption(f"Slow, as parts of every picture are covered one by one: {', '.join(slow)}.")
    if there is None and not busy:
        st.caption(_cost(stored, names))


def _dataset(who: Visitor, found: Inside) -> str:
    """The data set: that of the model where it is here, unless a person chose another."""
    titles = {entry.name: entry.title for entry in datasets.listing() if entry.here}
    titles.setdefault(who.dataset, who.dataset)
    card = found.model.card
    own = card.dataset if card is not None and card.dataset in titles else who.dataset
    return str(
        st.selectbox(
            "Data set",
            list(titles),
            index=list(titles).index(own),
            format_func=titles.__getitem__,
            key=f"report-set-{found.reference}",
            width=260,
        )
    )


def _pictures(desk: Desk, there: int) -> int:
    from alexnet_core.explanation.evaluation.report_schema import ReportOptions

    bounds: dict[str, int] = {}
    for bound in ReportOptions.model_fields["n"].metadata:
        bounds |= {name: getattr(bound, name) for name in ("ge", "le") if hasattr(bound, name)}
    defaults = ReportOptions()
    most = min(bounds["le"], there)
    offered = min(desk.n, most)
    n = int(
        st.number_input(
            "Pictures",
            min_value=bounds["ge"],
            max_value=most,
            value=offered,
            step=1,
            key=f"report-n-{most}",
            help=f"Drawn at random from {there:,}. More make the intervals narrower and take "
            f"longer. Sensitivity is measured on the first {defaults.sensitivity} and forgetting "
            f"on the first {defaults.sanity}, since these take the longest.",
            width=130,
        )
    )
    # What a small set cuts off is not forgotten.
    desk.n = desk.n if n == offered else n
    return n


def _methods(chosen: Choice, found: Inside, desk: Desk) -> tuple[str, ...]:
    """The methods to compare; none means all quick ones, as a report understands it."""
    from alexnet_core.explanation.evaluation import report as reports
    from alexnet_core.explanation.methods import registry

    usual, _ = reports.usual(found.model)
    rows = [registry.get(name) for name in chosen.methods]
    cards = [row for row in rows if not row.refuses(found.model.config, row.options())]
    labels = {QUICK: f"All quick ones ({len(usual)})", CARDS: f"Those with a card ({len(cards)})"}
    if not cards:
        del labels[CARDS]
    desk.which = desk.which if desk.which in labels else QUICK
    desk.which = str(
        st.segmented_control(
            "Methods",
            list(labels),
            default=desk.which,
            required=True,
            format_func=labels.__getitem__,
            key=f"report-methods-{len(labels)}",
            help="Quick are all methods but those that cover parts of a picture again and again: "
            "over many pictures these can take hours.",
        )
    )
    return tuple(row.name for row in cards) if desk.which == CARDS else ()


def _cost(stored: list[Report], names: tuple[str, ...]) -> str:
    """How long it takes, as far as that was measured."""
    same = next((one for one in stored if one.options.methods == names), None)
    if same is None:
        return "How long it takes is shown once a few pictures are done."
    return (
        f"These methods took {span(same.seconds)} for {counted(len(same.pictures), 'picture')} "
        "before."
    )


def _begin(desk: Desk, found: Inside, name: str, options: ReportOptions) -> None:
    from alexnet_core.explanation import report_job
    from alexnet_core.explanation.evaluation import report as reports

    try:
        there = reports.load(found.model, name, options)
        if there is not None:
            desk.shown = name_of(there)
            return
        desk.job = report_job.begin(found.model, name, options).id
        desk.asked = (name, options)
    except LabError as error:
        desk.said = str(error)


def name_of(one: Report) -> str:
    """A name for what it says, the same in every session."""
    return hashlib.sha256(one.to_json().encode()).hexdigest()[:16]


def title(dataset: str, split: str) -> str:
    """``Shapes, test pictures``; the name of a set that is not here any more."""
    titles = {entry.name: entry.title for entry in datasets.listing()}
    return f"{titles.get(dataset, dataset)}, {_SPLITS[split]} pictures"
