"""The lines of Python that give the same numbers as the page."""

from __future__ import annotations

from dashboard.common.picture_code import picture_code
from dashboard.common.visitor import Visitor

_LINES = """\
from pathlib import Path

{imports}from alexnet_core.data import images
from alexnet_core.evaluation.classify import classify
from alexnet_core.models import library

model = library.load({model!r})
picture = images.read({path})
for guess in classify(model, picture, top={top}).predictions:
    print(f"{{guess.label}}: {{guess.probability:.1%}}, logit {{guess.logit:.2f}}")
"""


def code_for(who: Visitor) -> str:
    """A script that answers what the page answers."""
    imports, path = picture_code(who)
    return _LINES.format(imports=imports, model=who.model, path=path, top=who.top)
