"""Many pictures: a report on a data set's sample, made in the background and then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.errors import LabError
from alexnet_core.jobs import queue
from dashboard.common.format import counted, plain
from dashboard.common.passes.passes import Inside
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.panels.report_form import Desk, form, name_of, title
from dashboard.pages.explain.panels.report_progress import making
from dashboard.pages.explain.panels.report_result import shown
from dashboard.pages.explain.state import Choice

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.report_schema import Report

_KEY = "explain-report"


def report(who: Visitor, chosen: Choice, found: Inside) -> None:
    """Offer a report, show how far it is, and what it and earlier ones found."""
    from alexnet_core.explanation import report_job
    from alexnet_core.explanation.evaluation import report_files

    st.markdown(
        "One picture may mislead. A report explains many pictures of a data set, each for the "
        "class that the network predicts, with the methods as they are by default, and gives every "
        "mean its 95 % interval. On Shapes, whose objects are known, it also counts how much of "
        "the heat lies on them."
    )
    desk = _desk()
    # One that ends between the two is seen to have ended by what watches it.
    going = report_job.making(found.model)
    _settle(desk, found)
    stored = report_files.listing(found.model)
    try:
        form(who, chosen, found, desk, stored, busy=bool(going))
    except LabError as error:
        st.warning(plain(str(error)), icon=":material/database_off:")
    for one in going:
        making(one, title(one.task.dataset, one.task.options.split))
    if desk.said:
        st.warning(plain(desk.said), icon=":material/info:")
        desk.said = ""
    if stored:
        _kept(desk, stored)


def _desk() -> Desk:
    found = st.session_state.get(_KEY)
    if not isinstance(found, Desk):
        found = st.session_state[_KEY] = Desk()
    return found


def _settle(desk: Desk, found: Inside) -> None:
    """What became of the report that this visitor began."""
    from alexnet_core.explanation.evaluation import report as reports

    if desk.asked is None:
        return
    job = queue.get(desk.job)
    outcome = job.outcome() if job else None
    if job is not None and outcome is None:
        return
    if outcome is not None and outcome.status == "failed":
        desk.said = outcome.sentence
    elif outcome is not None and outcome.status == "stopped":
        desk.said = "The report was cancelled; nothing of it is kept."
    else:
        # A job that is gone was put away by somebody else who waited for it.
        try:
            made = reports.load(found.model, *desk.asked)
            desk.shown = name_of(made) if made else desk.shown
        except LabError as error:
            desk.said = str(error)
    if job is not None:
        job.forget()
    desk.job, desk.asked = "", None


def _kept(desk: Desk, stored: list[Report]) -> None:
    """The report on the screen, and the others to choose from."""
    named: dict[str, Report] = {name_of(one): one for one in stored}
    if desk.shown not in named:
        desk.shown = next(iter(named))
    bar = st.container(horizontal=True, vertical_alignment="bottom", key="report-kept-bar")
    if len(named) > 1:
        st.session_state["report-kept"] = desk.shown
        bar.selectbox(
            "Report on this network",
            list(named),
            format_func=lambda name: _label(named[name]),
            key="report-kept",
            width=360,
            on_change=_choose,
            args=(desk,),
        )
    at_hand = named[desk.shown]
    shown(at_hand, title(at_hand.dataset, at_hand.options.split), bar)


def _choose(desk: Desk) -> None:
    desk.shown = st.session_state["report-kept"]


def _label(one: Report) -> str:
    n = counted(len(one.pictures), "picture")
    methods = counted(len(one.methods), "method")
    return f"{title(one.dataset, one.options.split)}: {n}, {methods}"
