"""A report over many pictures, as it was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard.common import html
from dashboard.common.charts import show
from dashboard.common.format import counted, plain, span
from dashboard.pages.explain import charts, report_charts
from dashboard.pages.explain.panels.report_table import table
from dashboard.pages.explain.report_columns import FORGETTING, Column, columns, table_of

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from alexnet_core.explanation.evaluation.report_schema import Report

_FEW = 10
"""Pictures below which the interval of a mean is drawn from too little."""

_DRAWN_UP = 5.0
"""A mean so many times its median is that of a few pictures."""


def shown(report: Report, title: str, bar: DeltaGenerator) -> None:
    """Show it.

    Args:
        report: what was found.
        title: which pictures it is about.
        bar: where its figure is chosen and its files are offered.
    """
    found = columns(report)
    titles = {one.method: one.title for one in report.methods}
    if not found:
        st.warning("No method gave a map that could be measured.", icon=":material/error:")
        return
    with bar:
        by = _figure(found)
        _files(report)
    with st.container(key="report"):
        with st.container(key="report-said"):
            _facts(report, title)
            _sanity(report, found)
            _gaps(report, found)
        with st.container(key="report-chart"):
            _chart(found[by], titles)
    html.show(table(found, titles, by))
    st.caption(_measured(report))
    if len(titles) > 1:
        _agreement(report, list(titles.values()))


def _chart(column: Column, titles: Mapping[str, str]) -> None:
    st.caption(plain(column.sentence))
    best = titles[next(iter(column.ranked()))]
    show(
        report_charts.intervals(column, titles),
        f"{column.title} of each method with its 95 % interval"
        + ("." if column.better == "neither" else f"; best is {best}."),
        key="report-plot",
    )


def _figure(found: Mapping[str, Column]) -> str:
    return str(
        st.selectbox(
            "Rank by",
            list(found),
            format_func=lambda name: found[name].title,
            key="report-figure",
            help="  \n".join(f"**{one.title}**: {plain(one.sentence)}" for one in found.values()),
            width=200,
        )
    )


def _facts(report: Report, title: str) -> None:
    facts = {
        "Pictures": f"{len(report.pictures):,}",
        "Methods": f"{len(report.methods)}",
        "Took": span(report.seconds),
    }
    st.subheader(plain(title), anchor=False)
    html.show(html.facts(facts.items()))


def _sanity(report: Report, found: Mapping[str, Column]) -> None:
    if report.sentence:
        st.warning(plain(report.sentence), icon=":material/visibility_off:")
    elif FORGETTING in found:
        st.success(
            "All of these methods change once the network has forgotten what it learned, as they "
            "should.",
            icon=":material/check:",
        )


def _gaps(report: Report, found: Mapping[str, Column]) -> None:
    """What the figures do not count, and what few pictures alone have made."""
    from alexnet_core.explanation.methods import registry

    sensitivity = found["sensitivity"].values if "sensitivity" in found else {}
    for one in report.methods:
        value = sensitivity.get(one.method)
        if value is not None and value.mean > _DRAWN_UP * value.median:
            st.caption(
                f"{plain(one.title)}: few pictures, whose map is almost empty, make its "
                f"sensitivity {value.mean:.3g}; half of them have at most {value.median:.3g}."
            )
    total = counted(len(report.pictures), "picture")
    for one in report.methods:
        if one.failed:
            st.caption(f"{plain(one.title)} gave nothing on {one.failed:,} of {total}.")
    if report.refused:
        st.caption(
            "Left out: "
            + " ".join(
                f"{plain(registry.get(name).title)}: {plain(why)}"
                for name, why in report.refused.items()
            )
        )


def _files(report: Report) -> None:
    name = f"explanations-{report.dataset.partition(':')[0]}-{len(report.pictures)}"
    for kind, mime, data in (
        ("JSON", "application/json", report.to_json),
        ("CSV", "text/csv", lambda: table_of(report)),
    ):
        st.download_button(
            kind,
            data,
            file_name=f"{name}.{kind.lower()}",
            mime=mime,
            icon=":material/download:",
            help=f"Every number of this report as {kind}.",
            on_click="ignore",
            key=f"report-{kind.lower()}",
        )


def _measured(report: Report) -> str:
    n, options = len(report.pictures), report.options
    said = "Each figure is a mean over the pictures; below it stands its 95 % interval. "
    on = []
    if options.quality.disturbed and 0 < options.sensitivity < n:
        on.append(f"sensitivity on {options.sensitivity:,} of them")
    if 0 < options.sanity < n:
        on.append(f"forgetting on {options.sanity:,}" + ("" if on else " of them"))
    if on:
        said += f"As it takes long, {' and '.join(on)} alone. "
    if n < _FEW:
        said += "So few pictures make the intervals narrower than they should be."
    return said.strip()


def _agreement(report: Report, titles: list[str]) -> None:
    more = st.expander(
        "Agreement over all these pictures",
        icon=":material/grid_on:",
        key="report-agreement",
        on_change="rerun",
    )
    if more.open:
        matrix = np.array(
            [[np.nan if one is None else one for one in row] for row in report.agreement]
        )
        with more:
            show(
                charts.agreement(titles, matrix),
                f"Mean rank correlation between {len(titles)} maps.",
                key="report-matrix",
            )
