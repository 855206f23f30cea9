"""Plotly figures of Explain: quality against seconds, maps that forget, who agrees with whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_core.rendering import DIVERGING
from dashboard.common.charts import LEGEND, MARGIN_BELOW_LEGEND
from dashboard.common.format import signed
from dashboard.common.theme import MIDDLE_GREY, class_colour

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COSTS = {"gradient": "Quick", "steps": "Many steps", "perturbation": "Covers parts"}
_CELL = 34
_NAMED = 8
_NEAR = (0.4, 0.06)
"""Points whose names would lie over each other: decades of seconds, share of the height."""


def against_seconds(
    titles: Mapping[str, str],
    costs: Mapping[str, str],
    values: Mapping[str, float],
    seconds: Mapping[str, float],
    axis: str,
) -> Figure:
    """A figure against seconds: a point a method, a colour a kind of cost.

    Args:
        titles: method -> what it is called.
        costs: method -> its cost, as the table of methods says.
        values: method -> the figure, the best first; only these are drawn.
        seconds: method -> seconds.
        axis: what the figure is called and which way is better.
    """
    from plotly.graph_objects import Figure, Scatter

    traces = []
    # The names of all would lie over each other.
    best = list(values)[:_NAMED]
    below = _below(best, values, seconds)
    for number, (cost, title) in enumerate(_COSTS.items()):
        names = [name for name in values if costs[name] == cost]
        traces.append(
            Scatter(
                x=[max(seconds[name], 1e-3) for name in names],
                y=[values[name] for name in names],
                text=[titles[name] if name in best else "" for name in names],
                customdata=[titles[name] for name in names],
                mode="markers+text",
                textposition=["bottom center" if name in below else "top center" for name in names],
                name=title,
                marker={"size": 11, "color": class_colour(number)},
                hovertemplate="<b>%{customdata}</b><br>%{y:.4g}, %{x:.3g} s<extra></extra>",
            )
        )
    return Figure(
        traces,
        {
            "height": 480,
            "xaxis": {"type": "log", "title": {"text": "Seconds"}, "dtick": 1},
            "yaxis": {"title": {"text": axis}},
            "legend": LEGEND,
            "margin": MARGIN_BELOW_LEGEND,
        },
    )


def _below(
    names: Sequence[str], values: Mapping[str, float], seconds: Mapping[str, float]
) -> set[str]:
    """The points whose name stands below them, as that of a near one stands above."""
    spread = max(values.values()) - min(values.values()) or 1.0
    found: set[str] = set()
    for at, name in enumerate(names):
        for other in names[:at]:
            apart = abs(math.log10(max(seconds[name], 1e-3) / max(seconds[other], 1e-3)))
            near = apart < _NEAR[0] and abs(values[name] - values[other]) / spread < _NEAR[1]
            if near and other not in found:
                # The lower one of the two.
                found.add(min(name, other, key=values.__getitem__))
    return found


def forgetting(
    titles: Mapping[str, str],
    layers: Sequence[str],
    correlations: Mapping[str, Sequence[float | None]],
    down_to: str,
    unchanged: float,
) -> Figure:
    """What is left of each map while the network forgets layer after layer: a line a method.

    Args:
        titles: method -> what it is called.
        layers: how far down it has forgotten, a step each.
        correlations: method -> rank correlation with its intact map at each step; None where a
            map is the same everywhere.
        down_to: the step that is looked at.
        unchanged: from here on a map counts as unchanged.
    """
    from plotly.graph_objects import Figure, Scatter

    traces = [
        Scatter(
            x=list(layers),
            y=list(found),
            name=titles[name],
            mode="lines+markers",
            line={"color": class_colour(number), "width": 2.5},
            hovertemplate="<b>%{fullData.name}</b><br>%{x}: %{y:.2f}<extra></extra>",
        )
        for number, (name, found) in enumerate(correlations.items())
    ]
    figure = Figure(
        traces,
        {
            "height": 340,
            "xaxis": {"title": {"text": "Forgotten down to"}, "type": "category"},
            "yaxis": {
                "title": {"text": "Like the intact map"},
                "range": [-1.05, 1.05],
                "dtick": 0.5,
            },
            "legend": LEGEND,
            "showlegend": True,
            "margin": MARGIN_BELOW_LEGEND,
        },
    )
    figure.add_vline(
        x=list(layers).index(down_to), line={"width": 1.5, "dash": "dot", "color": MIDDLE_GREY}
    )
    figure.add_hrect(y0=unchanged, y1=1.05, line_width=0, fillcolor=MIDDLE_GREY, opacity=0.15)
    return figure


def agreement(titles: Sequence[str], matrix: NDArray[np.float64]) -> Figure:
    """The rank correlation of every pair: orange where they agree, purple where they differ.

    Args:
        titles: of N methods.
        matrix: (N, N), -1 to 1; NaN where a map is the same everywhere.
    """
    from plotly.graph_objects import Figure, Heatmap

    known = np.isfinite(matrix)
    rows = [
        [float(value) if sound else None for value, sound in zip(*row, strict=True)]
        for row in zip(matrix, known, strict=True)
    ]
    heat = Heatmap(
        x=list(titles),
        y=list(titles),
        z=rows,
        zmin=-1,
        zmax=1,
        colorscale=[[at / (len(DIVERGING) - 1), colour] for at, colour in enumerate(DIVERGING)],
        text=[["" if value is None else signed(value) for value in row] for row in rows],
        texttemplate="%{text}",
        hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
        colorbar={"thickness": 10, "title": {"text": ""}},
        xgap=1,
        ygap=1,
    )
    return Figure(
        [heat],
        {
            "height": 150 + _CELL * len(titles),
            "yaxis": {"autorange": "reversed", "showgrid": False},
            "xaxis": {"showgrid": False, "tickangle": -40},
            "margin": MARGIN_BELOW_LEGEND,
        },
    )
