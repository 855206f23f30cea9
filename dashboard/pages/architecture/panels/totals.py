"""What a whole network comes to: parameters, work and memory, of one or of two side by side."""

from __future__ import annotations

from collections.abc import Sequence

from alexnet_core.models.anatomy import FLOAT_BYTES
from dashboard.common.format import many
from dashboard.common.html import facts, show, tag
from dashboard.pages.architecture.layers import Network, memory, time_of

_COUNT = "Layers"
"""Too few for a ratio."""


def totals(networks: Sequence[Network]) -> None:
    """Show the sums; of two networks also how the second compares with the first."""
    sums = [_sums(network) for network in networks]
    if len(networks) == 1:
        figures = facts((name, text) for name, (_, text) in sums[0].items())
        show(tag("div", figures, role="status"))
        return
    heads = (
        tag("th", f"{sign}: {network.title}", scope="col")
        for sign, network in zip("AB", networks, strict=False)
    )
    rows = (
        tag(
            "tr",
            tag("th", name, scope="row"),
            [tag("td", each[name][1]) for each in sums],
            tag("td", _beside(name, sums[0][name][0], sums[1][name][0])),
        )
        for name in sums[0]
    )
    head = tag("tr", tag("td"), heads, tag("th", "B beside A", scope="col"))
    table = tag(
        "table",
        tag("caption", "Both networks in sum"),
        tag("thead", head),
        tag("tbody", rows),
        class_="lab-facts",
    )
    show(tag("div", table, role="status"))


def ratio(first: float, second: float) -> str:
    """How the second amount compares with the first: ``3.1 times as much``, ``4 % less``."""
    if first == second:
        return "the same"
    larger, smaller = max(first, second), min(first, second)
    way = "more" if second > first else "less"
    if smaller <= 0:
        return way
    if larger / smaller >= 2:
        times = (
            f"{larger / smaller:,.0f}" if larger / smaller >= 99.5 else f"{larger / smaller:.3g}"
        )
        return f"{times} times as much" if second > first else f"{times} times less"
    percent = 100 * abs(second - first) / first
    said = f"{percent:.0f}" if percent >= 9.95 else f"{percent:.2g}"
    return f"{said} % {way}" if percent >= 0.1 else f"hardly {way}"


def _beside(name: str, first: float, second: float) -> str:
    if name != _COUNT or first == second:
        return ratio(first, second)
    return f"{abs(second - first):.0f} {'more' if second > first else 'fewer'}"


def _sums(network: Network) -> dict[str, tuple[float, str]]:
    """Name -> the amount, and as it is said."""
    whole = network.anatomy
    weights = whole.parameters * FLOAT_BYTES
    timed = network.milliseconds
    return {
        "Parameters": (whole.parameters, many(whole.parameters)),
        "Memory of the weights": (weights, memory(weights)),
        "Multiply-adds a picture": (whole.macs, many(whole.macs)),
        "Memory of all outputs": (whole.activation_bytes, memory(whole.activation_bytes)),
        _COUNT: (len(network.layers), str(len(network.layers))),
        **({} if timed is None else {"Time of a picture": (timed, time_of(timed))}),
    }
