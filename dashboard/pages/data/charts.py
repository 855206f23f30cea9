"""Plotly figures of data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dashboard.common.charts import LEGEND, MARGIN, MARGIN_BELOW_LEGEND
from dashboard.common.theme import MIDDLE_GREY, TRAIN, VALIDATION, class_colour

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SPLIT_COLOURS = {"train": TRAIN, "val": VALIDATION, "test": class_colour(2)}
SPLIT_NAMES = {"train": "Train", "val": "Validation", "test": "Test"}

_MOST_NAMES = 40
_LONGEST_NAME = 18
_LINE_PIXELS = 24


def balance(classes: Sequence[str], counts: Mapping[str, Sequence[int]]) -> Figure:
    """How many pictures each class has: a bar a class, a colour a split.

    Args:
        classes: names of C classes.
        counts: split -> C numbers of pictures.
    """
    from plotly.graph_objects import Bar, Figure

    # Names that become equal when cut must not share a bar.
    places = list(range(len(classes)))
    bars = [
        Bar(
            y=places,
            x=list(of),
            orientation="h",
            name=SPLIT_NAMES[split],
            marker={"color": SPLIT_COLOURS[split], "line": {"width": 0}},
            customdata=list(classes),
            hovertemplate=f"<b>%{{customdata}}</b><br>{SPLIT_NAMES[split]}: %{{x:,}}"
            "<extra></extra>",
        )
        for split, of in counts.items()
    ]
    named = len(classes) <= _MOST_NAMES
    ticks = {"tickvals": places, "ticktext": [_short(name) for name in classes]}
    return Figure(
        bars,
        {
            "barmode": "stack",
            "bargap": 0.25 if named else 0,
            "height": 72 + _LINE_PIXELS * min(max(len(classes), 3), _MOST_NAMES),
            "xaxis": {"title": {"text": "Pictures"}, "rangemode": "tozero"},
            "yaxis": (ticks if named else {"showticklabels": False, "title": {"text": "Classes"}})
            | {"autorange": "reversed", "showgrid": False},
            "legend": LEGEND | {"traceorder": "normal"},
            "margin": MARGIN_BELOW_LEGEND,
        },
    )


def sizes(found: Sequence[tuple[int, int, int]], input_size: int | None) -> Figure:
    """Width against height, a larger disc for more pictures.

    Args:
        found: width, height and pictures of each size.
        input_size: side of what the chosen network gets, drawn as a square; None for none.
    """
    from plotly.graph_objects import Figure, Scatter

    most = max(pictures for _, _, pictures in found)
    scatter = Scatter(
        x=[width for width, _, _ in found],
        y=[height for _, height, _ in found],
        mode="markers",
        marker={
            "size": [pictures for _, _, pictures in found],
            "sizemode": "area",
            "sizeref": 2 * most / 34**2,
            "sizemin": 3,
            "color": TRAIN,
            "opacity": 0.65,
            "line": {"width": 0},
        },
        customdata=[pictures for _, _, pictures in found],
        hovertemplate="<b>%{x} × %{y} pixels</b><br>%{customdata:,} pictures<extra></extra>",
    )
    shapes = []
    if input_size is not None:
        line = {"color": MIDDLE_GREY, "dash": "dot", "width": 1.5}
        corner = {"x0": 0, "y0": 0, "x1": input_size, "y1": input_size}
        shapes.append({"type": "rect", "line": line, **corner})
    return Figure(
        [scatter],
        {
            "height": 320,
            "xaxis": {"title": {"text": "Width, pixels"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "Height, pixels"}, "rangemode": "tozero"},
            "shapes": shapes,
            "showlegend": False,
            "margin": MARGIN,
        },
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
