"""Plotly figures of data sets, and how they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.common.theme import TRAIN, VALIDATION, class_colour

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SPLIT_COLOURS = {"train": TRAIN, "val": VALIDATION, "test": class_colour(2)}
SPLIT_NAMES = {"train": "Train", "val": "Validation", "test": "Test"}

_MOST_NAMES = 40
_LONGEST_NAME = 18
_LINE_PIXELS = 24
_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


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
            "legend": {
                "orientation": "h",
                "traceorder": "normal",
                "x": 0,
                "y": 1.0,
                "yanchor": "bottom",
            },
            "margin": _MARGIN | {"t": 28},
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
        # Grey of the middle can be seen on light and on dark.
        line = {"color": "#8a8f94", "dash": "dot", "width": 1.5}
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
            "margin": _MARGIN,
        },
    )


def show(figure: Figure, spoken: str, *, key: str) -> None:
    """Show a figure in the colours of the theme.

    Args:
        figure: from this module.
        spoken: what it says, for a reader of the screen.
        key: of the element; also the name of the file that its PNG is saved as.
    """
    st.plotly_chart(
        figure,
        key=key,
        alt=spoken,
        config={
            "displaylogo": False,
            "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
            "toImageButtonOptions": {"format": "png", "scale": 2, "filename": key},
        },
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
