"""Plotly figures of a report over many pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dashboard.common.charts import LEGEND, MARGIN
from dashboard.common.theme import MIDDLE_GREY, TRAIN, faint

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from dashboard.pages.explain.report_columns import Column

_LINE = 30
_DECADES = 30.0


def intervals(column: Column, titles: Mapping[str, str]) -> Figure:
    """A figure of every method with its 95 % interval, the best on top.

    Args:
        column: the figure.
        titles: method -> what it is called.
    """
    from plotly.graph_objects import Figure, Scatter

    ranked = column.ranked()
    traces = []
    for names, legend, colour in _groups(column, list(ranked)):
        values = [ranked[name] for name in names]
        traces.append(
            Scatter(
                x=[value.mean for value in values],
                y=[titles[name] for name in names],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [value.high - value.mean for value in values],
                    "arrayminus": [value.mean - value.low for value in values],
                    "thickness": 2,
                    "width": 0,
                },
                customdata=[[value.low, value.high, value.n] for value in values],
                mode="markers",
                name=legend,
                marker={"size": 10, "color": colour},
                hovertemplate="<b>%{y}</b><br>%{x" + _format(column) + "}, 95 % interval "
                "%{customdata[0]" + _format(column) + "} to %{customdata[1]" + _format(column) + "}"
                "<br>over %{customdata[2]:,} pictures<extra></extra>",
            )
        )
    return Figure(
        traces,
        {
            "height": 110 + _LINE * len(ranked),
            "xaxis": _axis(column)
            | ({"tickformat": ".0%", "rangemode": "tozero"} if column.share else {}),
            "yaxis": {
                "categoryorder": "array",
                "categoryarray": [titles[name] for name in ranked],
                "autorange": "reversed",
                "showgrid": True,
                "ticksuffix": "  ",
            },
            "shapes": _levels(column),
            "showlegend": column.beyond is not None,
            "annotations": _named(column),
            # Above the name of the level, which lies right above the methods.
            "legend": LEGEND | {"y": 1 + 22 / (_LINE * len(ranked))},
            "margin": MARGIN if column.beyond is None else MARGIN | {"t": 56},
        },
    )


def _groups(column: Column, names: list[str]) -> list[tuple[list[str], str, str]]:
    """Methods, what they have in common and their colour."""
    if column.beyond is None:
        return [(names, column.title, TRAIN)]
    good = [name for name in names if name in column.beyond]
    rest = [name for name in names if name not in column.beyond]
    if column.chance is not None:
        said = ("Better than chance", "Not clearly better than chance")
    else:
        said = ("Changes", "Hardly changes")
    groups = [(good, said[0], TRAIN), (rest, said[1], MIDDLE_GREY)]
    return [group for group in groups if group[0]]


def _levels(column: Column) -> list[dict[str, Any]]:
    """Chance with its interval, or the limit, from the top to the bottom."""
    tall = {"yref": "paper", "y0": 0, "y1": 1}
    line = {"type": "line", "line": {"color": MIDDLE_GREY, "dash": "dot", "width": 1.5}}
    chance = column.chance
    if chance is None:
        return (
            [] if column.limit is None else [line | tall | {"x0": column.limit, "x1": column.limit}]
        )
    middle = line | tall | {"x0": chance.mean, "x1": chance.mean}
    if column.paired:
        # Its interval says how the objects differ, and not how sure their mean is.
        return [middle]
    band = {"type": "rect", "fillcolor": faint(MIDDLE_GREY, 0.15), "line": {"width": 0}}
    return [
        band | tall | {"x0": chance.low, "x1": chance.high, "layer": "below"},
        middle,
    ]


def _named(column: Column) -> list[dict[str, Any]]:
    level = column.limit if column.chance is None else column.chance.mean
    if level is None:
        return []
    text = "counts as unchanged" if column.chance is None else "chance"
    return [
        {"x": level, "y": 1, "yref": "paper", "yanchor": "bottom", "text": text}
        | {"showarrow": False}
    ]


def _axis(column: Column) -> dict[str, Any]:
    title = column.title
    if column.better != "neither":
        title += f", {column.better} is better"
    if _decades_apart(column):
        return {"type": "log", "dtick": 1, "title": {"text": f"{title} (logarithmic)"}}
    return {"type": "linear", "title": {"text": title}}


def _decades_apart(column: Column) -> bool:
    """Whether the methods need a logarithmic axis, and have one: nothing is zero or less."""
    values = column.ranked().values()
    if column.beyond is not None or any(value.low <= 0 for value in values):
        return False
    means = [value.mean for value in values]
    return max(means) > _DECADES * min(means)


def _format(column: Column) -> str:
    return ":.1%" if column.share else ":.4g"
