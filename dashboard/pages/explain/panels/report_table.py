"""All figures of a report as a table: each mean, and below it its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dashboard.common.format import counted, rate
from dashboard.common.html import Html, tag
from dashboard.pages.explain.report_columns import FORGETTING, Column

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.statistics import Estimate

_DIGITS = 6


def table(columns: Mapping[str, Column], titles: Mapping[str, str], by: str) -> Html:
    """The table as HTML.

    Args:
        columns: name of a figure -> its column.
        titles: method -> what it is called.
        by: the figure that the methods are ranked by, which comes first; those without it come
            last.
    """
    columns = {by: columns[by], **columns}
    ranked = list(columns[by].ranked())
    order = [*ranked, *(name for name in titles if name not in ranked)]
    head = (_head(column, column.name == by) for column in columns.values())
    rows = [_row(method, titles[method], columns, by) for method in order]
    if any(column.chance for column in columns.values()):
        rows.append(_chance(columns, by))
    whole = tag(
        "table",
        tag("caption", "Mean of each figure, and its 95 % interval"),
        tag("thead", tag("tr", tag("th", "Method", scope="col"), head)),
        tag("tbody", rows),
        class_="lab-report",
    )
    return tag(
        "div",
        whole,
        class_="lab-wide",
        tabindex=0,
        role="region",
        aria_label="Figures of all methods",
    )


def number(value: float, column: Column) -> str:
    """0.41234 as ``0.412``, a share as ``41.2 %``: three digits of the column's largest mean."""
    if column.share:
        text = rate(value)
    else:
        known = (abs(one.mean) for one in column.values.values() if one is not None)
        largest = max(known, default=0.0) or 1.0
        digits = min(max(2 - math.floor(math.log10(largest)), 0), _DIGITS)
        # Plus zero: what rounds to nothing has no sign.
        text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("-", "−")


def _head(column: Column, ranks: bool) -> Html:
    way = {"lower": "ascending", "higher": "descending", "neither": "none"}[column.better]
    better = None if column.better == "neither" else tag("span", f"{column.better} is better")
    return tag(
        "th",
        column.title,
        better,
        scope="col",
        title=column.sentence,
        aria_sort=way if ranks else None,
        class_=_class(ranks),
    )


def _row(method: str, title: str, columns: Mapping[str, Column], by: str) -> Html:
    cells = (
        _cell(column, column.values.get(method), column.name == by, method)
        for column in columns.values()
    )
    return tag("tr", tag("th", title, scope="row"), cells)


def _cell(column: Column, value: Estimate | None, ranks: bool, method: str) -> Html:
    if value is None:
        return tag("td", tag("span", "–", role="img", aria_label="not known"), class_=_class(ranks))
    interval = f"{number(value.low, column)} to {number(value.high, column)}"
    told = f"Over {counted(value.n, 'picture')}; the middle one has {number(value.median, column)}"
    kept = column.name == FORGETTING and column.beyond is not None and method not in column.beyond
    return tag(
        "td",
        (tag("b", "unchanged"), " ") if kept else None,
        number(value.mean, column),
        tag("span", interval),
        title=told,
        class_=_class(ranks),
    )


def _chance(columns: Mapping[str, Column], by: str) -> Html:
    cells = (
        _cell(column, column.chance, column.name == by, "")
        if column.chance
        else tag("td", class_=_class(column.name == by))
        for column in columns.values()
    )
    return tag("tr", tag("th", "By chance", scope="row"), cells, class_="lab-chance")


def _class(ranks: bool) -> str | None:
    return "lab-by" if ranks else None
