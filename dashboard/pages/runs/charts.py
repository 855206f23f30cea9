"""Plotly figures from records, for what does not tick.

They have no background and no text colour: whoever shows one gives it those of the theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.common.charts import MARGIN
from dashboard.common.theme import TRAIN, VALIDATION, class_colour, faint

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_CLASSES = 200
"""Classes beyond which a matrix has more cells than a screen has room for."""

_MOST_COUNTS = 12
_MOST_NAMES = 40
_WIDE = 20.0


def confusion(counts: NDArray[np.int32], classes: Sequence[str]) -> Figure:
    """Which class was taken for which: right answers in one colour, mistakes in another.

    Args:
        counts: pictures by class (row) and answer (column), (C, C), C at most `MOST_CLASSES`.
        classes: their C names.
    """
    from plotly.graph_objects import Figure, Heatmap

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(len(classes), dtype=bool)
    names = [_short(name) for name in classes]
    # Names that become equal when cut must not fall into one row.
    places = list(range(len(classes)))
    few = len(classes) <= _MOST_COUNTS
    traces = []
    for mask, colour, most in (
        (right, TRAIN, 1.0),
        # One mistake in four is as dark as it gets, or they would hardly be seen.
        (~right & (counts > 0), VALIDATION, 0.25),
    ):
        traces.append(
            Heatmap(
                x=places,
                y=places,
                z=[
                    [float(share) if shown else None for share, shown in zip(*row, strict=True)]
                    for row in zip(shares, mask, strict=True)
                ],
                zmin=0,
                zmax=most,
                colorscale=[[0, faint(colour, 0.06)], [1, faint(colour, 0.6)]],
                showscale=False,
                customdata=[
                    [
                        [classes[truth], classes[answer], int(counts[truth, answer])]
                        for answer in places
                    ]
                    for truth in places
                ],
                hovertemplate=(
                    "%{customdata[2]:,} of class <b>%{customdata[0]}</b><br>"
                    "taken for <b>%{customdata[1]}</b> (%{z:.1%})<extra></extra>"
                ),
                text=[[f"{n:,}" if n else "" for n in row] for row in counts] if few else None,
                texttemplate="%{text}" if few else None,
                xgap=1,
                ygap=1,
            )
        )
    named = {"tickvals": places, "ticktext": names} if len(classes) <= _MOST_NAMES else {}
    ticks = named | {
        "showticklabels": bool(named),
        "ticklabeloverflow": "allow",
        "showgrid": False,
        "zeroline": False,
    }
    return Figure(
        traces,
        {
            "xaxis": ticks | {"title": {"text": "Answer"}, "side": "top", "tickangle": -45},
            "yaxis": ticks | {"title": {"text": "Class"}, "autorange": "reversed"},
            "margin": MARGIN,
        },
    )


def sweep(field: str, runs: Mapping[str, tuple[float | str, float]]) -> Figure:
    """What a setting did: its value against the best validation accuracy.

    Args:
        field: name of the setting.
        runs: for each run's label its value and its accuracy from 0 to 1, in the order of colours.
    """
    from plotly.graph_objects import Figure, Scatter

    values = [value for value, _ in runs.values()]
    # Yes and no are numbers to Python, but no scale.
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    accuracies = [accuracy for _, accuracy in runs.values()]
    even = len(numbers) == len(values) and min(numbers) > 0
    axis = "log" if even and max(numbers) / min(numbers) >= _WIDE else None
    # Runs that came to nearly the same must not look far apart.
    around = [max(min(accuracies) - 0.05, 0), min(max(accuracies) + 0.05, 1)]
    scatter = Scatter(
        x=values if len(numbers) == len(values) else [str(value) for value in values],
        y=accuracies,
        mode="markers",
        marker={"size": 13, "color": [class_colour(at) for at in range(len(runs))]},
        customdata=list(runs),
        hovertemplate=f"<b>%{{customdata}}</b><br>{field} %{{x}}<br>%{{y:.1%}}<extra></extra>",
    )
    return Figure(
        [scatter],
        {
            "xaxis": {"title": {"text": field}, "type": axis},
            "yaxis": {
                "title": {"text": "Best validation accuracy"},
                "tickformat": ".1%",
                "range": around,
            },
            "margin": MARGIN,
            "showlegend": False,
        },
    )


def _short(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}…"
