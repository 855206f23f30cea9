"""A picture as a network gets it: cut to size, then as numbers around zero."""

from __future__ import annotations

from alexnet_core.rendering import DIVERGING
from dashboard.common.caches import Seen
from dashboard.common.html import Html, join, show, tag

_PLANES = ("red", "green", "blue")


def network_view(seen: Seen, size: int) -> None:
    """Show the input of the network.

    Args:
        seen: the pictures.
        size: pixels of the input a side.
    """
    planes = (
        tag(
            "figure",
            tag("img", alt=f"{name} after normalisation", src=address),
            tag("figcaption", name),
        )
        for name, address in zip(_PLANES, seen.planes, strict=True)
    )
    cut = tag(
        "figure",
        tag("img", alt="the input of the network", src=seen.pixels),
        tag("figcaption", f"cut to {size} × {size} pixels"),
        class_="lab-input",
    )
    numbers = tag("div", tag("div", planes, class_="lab-planes"), _legend(seen.limit))
    show(tag("div", cut, numbers, class_="lab-seen"))


def _legend(limit: float) -> Html:
    said = f"Scale from minus {limit:.1f}, purple, over zero, white, to plus {limit:.1f}, orange"
    scale = tag(
        "div",
        tag("span", f"−{limit:.1f}"),
        tag("div", style=f"background:linear-gradient(90deg,{','.join(DIVERGING)})"),
        tag("span", f"+{limit:.1f}"),
        class_="lab-legend",
        role="img",
        aria_label=said,
    )
    note = "The same as numbers: each colour minus its mean, over its standard deviation."
    return join(scale, tag("p", note, class_="lab-note"))
