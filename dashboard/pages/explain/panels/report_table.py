"""All figures of a report as a table: each mean, and below it its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from dashboard.common.format import counted
from dashboard.pages.explain.report_columns import FORGETTING, Column

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.statistics import Estimate

_DIGITS = 6


def table(columns: Mapping[str, Column], titles: Mapping[str, str], by: str) -> str:
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
    head = "".join(_head(column, column.name == by) for column in columns.values())
    rows = [_row(method, titles[method], columns, by) for method in order]
    if any(column.chance for column in columns.values()):
        rows.append(_chance(columns, by))
    return (
        '<div class="lab-wide" tabindex="0" role="region" aria-label="Figures of all methods">'
        '<table class="lab-report"><caption>Mean of each figure, and its 95 % interval</caption>'
        f'<thead><tr><th scope="col">Method</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def number(value: float, column: Column) -> str:
    """0.41234 as ``0.412``, a share as ``41.2 %``: three digits of the column's largest mean."""
    if column.share:
        text = f"{value:.1%}".replace("%", " %")
    else:
        known = (abs(one.mean) for one in column.values.values() if one is not None)
        largest = max(known, default=0.0) or 1.0
        digits = min(max(2 - math.floor(math.log10(largest)), 0), _DIGITS)
        # Plus zero: what rounds to nothing has no sign.
        text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("-", "−")


def _head(column: Column, ranks: bool) -> str:
    way = {"lower": "ascending", "higher": "descending", "neither": "none"}[column.better]
    sort = f' aria-sort="{way}"' if ranks else ""
    better = "" if column.better == "neither" else f"<span>{column.better} is better</span>"
    return (
        f'<th scope="col" title="{escape(column.sentence)}"{sort}{_class(ranks)}>'
        f"{escape(column.title)}{better}</th>"
    )


def _row(method: str, title: str, columns: Mapping[str, Column], by: str) -> str:
    cells = "".join(
        _cell(column, column.values.get(method), column.name == by, method)
        for column in columns.values()
    )
    return f'<tr><th scope="row">{escape(title)}</th>{cells}</tr>'


def _cell(column: Column, value: Estimate | None, ranks: bool, method: str) -> str:
    if value is None:
        return f'<td{_class(ranks)}><span aria-label="not known">–</span></td>'
    interval = f"{number(value.low, column)} to {number(value.high, column)}"
    told = f"Over {counted(value.n, 'picture')}; the middle one has {number(value.median, column)}"
    kept = column.name == FORGETTING and column.beyond is not None and method not in column.beyond
    return (
        f'<td title="{told}"{_class(ranks)}>{"<b>unchanged</b> " if kept else ""}'
        f"{number(value.mean, column)}<span>{interval}</span></td>"
    )


def _chance(columns: Mapping[str, Column], by: str) -> str:
    cells = "".join(
        _cell(column, column.chance, column.name == by, "")
        if column.chance
        else f"<td{_class(column.name == by)}></td>"
        for column in columns.values()
    )
    return f'<tr class="lab-chance"><th scope="row">By chance</th>{cells}</tr>'


def _class(ranks: bool) -> str:
    return ' class="lab-by"' if ranks else ""
