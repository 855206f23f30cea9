"""What every Plotly figure has in common, and how one is shown.

Streamlit gives a figure the font and the colours of the theme; a figure brings the colours of its
data, from `dashboard.common.theme`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
"""Pixels around a figure; its axes take what their names need by themselves."""

LEGEND: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"}
"""A row above the figure."""

MARGIN_BELOW_LEGEND = MARGIN | {"t": 28}

_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}


def show(figure: Figure, spoken: str, *, key: str, tools: bool = True) -> None:
    """Show a figure in the colours of the theme.

    Args:
        figure: made by a page.
        spoken: what it says, for a reader of the screen.
        key: of the element; also the name of the file that its PNG is saved as.
        tools: whether it can be zoomed and saved.
    """
    image = {"format": "png", "scale": 2, "filename": key}
    st.plotly_chart(
        figure,
        key=key,
        alt=spoken,
        config=_CONFIG | {"toImageButtonOptions": image} if tools else {"displayModeBar": False},
    )
