"""The lines of Python that make the number that the page Pixel by pixel shows."""

from __future__ import annotations

from dashboard.common.picture_code import picture_code
from dashboard.common.visitor import Visitor
from dashboard.pages.pixels.state import Choice

_LINES = """\
from pathlib import Path

{imports}from alexnet_core.data import images
from alexnet_core.inspection.arithmetic.value import explain
from alexnet_core.inspection.capture import capture
from alexnet_core.models import library

model = library.load({model!r})
picture = images.read({path})
captured = capture(model, picture)
found = explain(model.network, captured, {place})
print(found.formula)
print(f"computed here {{found.result:.4f}}, the network gave {{found.captured:.4f}}")
"""


def code_for(who: Visitor, chosen: Choice) -> str:
    """A script that explains the number at the place that is kept, or at the first one."""
    imports, path = picture_code(who)
    place = f"{chosen.layer!r}, {chosen.unit or 0}"
    if chosen.row is not None and chosen.column is not None:
        place += f", {chosen.row}, {chosen.column}"
    return _LINES.format(imports=imports, model=who.model, path=path, place=place)
