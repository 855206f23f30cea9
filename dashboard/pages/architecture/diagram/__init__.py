"""A network as the 2012 paper draws it, its table and its bars, alive under the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dashboard.browser import browser_component
from dashboard.common.theme import CLASS_COLOURS


class Opened(NamedTuple):
    """A layer that was clicked."""

    network: int
    """0 for the first drawing, 1 for the second."""
    layer: str


def drawing(document: Mapping[str, Any], *, key: str) -> Opened | None:
    """Show the networks of a `document`; returns the layer that was just clicked.

    Args:
        document: see `document.document`.
        key: of the element.
    """
    colours = {"conv": CLASS_COLOURS[0], "dense": CLASS_COLOURS[1], "lost": CLASS_COLOURS[3]}
    said = browser_component("pages/architecture/diagram")(
        key=key, data={**document, "colours": colours}, on_opened_change=_nothing
    ).opened
    networks = document["networks"]
    if not isinstance(said, Mapping) or said.get("network") not in range(len(networks)):
        return None
    layer = said.get("layer")
    known = networks[said["network"]]["cards"]
    return Opened(said["network"], layer) if isinstance(layer, str) and layer in known else None


def _nothing() -> None:
    """The page looks at what was clicked when it runs."""
