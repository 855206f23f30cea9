"""How the lines of Python that a page shows read the picture at hand."""

from __future__ import annotations

from typing import NamedTuple

from dashboard.common.samples import SAMPLES
from dashboard.common.visitor import Visitor


class PictureCode(NamedTuple):
    """Two pieces of a script."""

    imports: str
    """A line and an empty one, or nothing."""
    path: str
    """An expression for where the file lies."""


def picture_code(who: Visitor) -> PictureCode:
    """A sample is there for everybody; of an own picture only its name is known here."""
    if who.chosen is None:
        file = SAMPLES[who.sample].file
        return PictureCode(
            "import skimage\n\n", f'Path(skimage.__file__).parent / "data" / "{file}"'
        )
    return PictureCode("", f"Path({quoted(who.source.title)})")


def quoted(value: object) -> str:
    """As in a script, whatever it holds; with double quotes where it has none of its own."""
    said = repr(value)
    return f'"{said[1:-1]}"' if isinstance(value, str) and '"' not in said else said
