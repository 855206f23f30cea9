"""One colour grammar for every page, light and dark, and the few styles that Streamlit lacks.

Activations, weights and normalised pixels: `alexnet_core.rendering.DIVERGING`. Probabilities and
classes: a class keeps its colour on every chart of a model. Everything else takes its colour from
the text colour, so that it follows the theme by itself.
"""

from __future__ import annotations

from pathlib import Path

from dashboard.common.html import Html, show, tag

CLASS_COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#56b4e9",
    "#cc79a7",
    "#8c6d31",
    "#7570b3",
    "#66a61e",
    "#7f7f7f",
)
"""Okabe and Ito's colours and three more, as in .streamlit/config.toml.

Source: Okabe and Ito, 2008, "Color Universal Design".
"""

TRAIN, VALIDATION = CLASS_COLOURS[0], CLASS_COLOURS[3]
"""The colours of the two splits on every chart."""

MIDDLE_GREY = "#8a8f94"
"""What a chart draws beside its data: it can be seen on light and on dark."""

_TOKENS = Path(__file__).parents[1] / "browser" / "tokens.css"
_STYLE = "".join(
    path.read_text(encoding="utf-8") for path in (_TOKENS, Path(__file__).with_name("style.css"))
)
_LARGE = "html { font-size: 20px !important; }"


def class_colour(index: int) -> str:
    """The colour of the class of this number, the same wherever it is shown."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def faint(colour: str, strength: float) -> str:
    """A colour, ``#rrggbb``, that lets what is behind it through; strength from 0 to 1."""
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red},{green},{blue},{strength:g})"


def apply(*, large_type: bool) -> None:
    """Give the page its style; large type is for a projector."""
    show(tag("style", Html(_STYLE), Html(_LARGE) if large_type else None))
