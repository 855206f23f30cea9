"""A unit in numbers: its statistics beside its layer's, its histogram, its weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_core.rendering import DIVERGING
from dashboard.common.format import number, rate
from dashboard.common.html import Html, show, tag
from dashboard.common.passes.passes import Inside
from dashboard.common.units import noun
from dashboard.common.visitor import Visitor
from dashboard.pages.layers.panels import weights

if TYPE_CHECKING:
    from alexnet_core.inspection.activation_statistics import Statistics

_BINS = 32


def numbers(who: Visitor, found: Inside) -> None:
    """Show what the unit gave on this picture, and the weights that made it."""
    from alexnet_core.inspection import activation_statistics

    values = found.captured.outputs[who.layer]
    spec = found.model.config.layer(who.layer)
    whole = activation_statistics.whole(values)
    if values.ndim == 3:
        mine = activation_statistics.whole(values[who.unit])
        show(_table(f"This {noun(spec)}", mine, whole))
        show(_histogram(values[who.unit], f"Values of {who.layer}, channel {who.unit}"))
    else:
        show(_place(values, who.unit))
        show(_histogram(values, f"All values of {who.layer}", mark=float(values[who.unit])))
    weights.weights(who, found)


def _table(title: str, mine: Statistics, whole: Statistics) -> Html:
    rows = (
        ("Mean", number(mine.mean), number(whole.mean)),
        ("Standard deviation", number(mine.std), number(whole.std)),
        ("Smallest", number(mine.minimum), number(whole.minimum)),
        ("Largest", number(mine.maximum), number(whole.maximum)),
        ("Zeros", _share(mine.sparsity), _share(whole.sparsity)),
        ("L2 norm", number(mine.l2), number(whole.l2)),
    )
    cells = (
        tag("tr", tag("th", name, scope="row"), tag("td", one), tag("td", all_))
        for name, one, all_ in rows
    )
    heads = (tag("th", text, scope="col") for text in (title, "Whole layer"))
    return tag(
        "table",
        tag("caption", "Statistics"),
        tag("thead", tag("tr", tag("td"), heads)),
        tag("tbody", cells),
        class_="lab-facts lab-figures",
    )


def _place(values: NDArray[np.floating], unit: int) -> Html:
    """A flat layer's value and where it stands among the others."""
    value = float(values[unit])
    finite = values[np.isfinite(values)]
    if not math.isfinite(value):
        return tag("p", "Its value is not a number.", class_="lab-note")
    place = int((finite > value).sum()) + 1
    where = f"number {place:,} of {len(values):,} from the top"
    return tag("p", "It gives ", tag("b", number(value)), f", {where}.")


def _histogram(values: NDArray[np.floating], title: str, mark: float | None = None) -> Html:
    from alexnet_core.inspection import activation_statistics

    counts, edges = activation_statistics.histogram(values, _BINS)
    most = int(counts.max(initial=0))
    if not most:
        return tag("p", "None of its values is a number.", class_="lab-note")
    at = -1
    if mark is not None and math.isfinite(mark):
        at = min(int(np.searchsorted(edges, mark, side="right")) - 1, _BINS - 1)
    here = f";background:{DIVERGING[8]}"
    bars = (
        tag(
            "i",
            # The root keeps a few strong values in sight beside the many zeros.
            style=f"height:{100 * math.sqrt(count / most):.1f}%{here if bin_ == at else ''}",
            class_="lab-here" if bin_ == at else None,
            title=f"{number(low)} to {number(high)}: {count:,}",
        )
        for bin_, (count, low, high) in enumerate(
            zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        )
    )
    low, high = number(float(edges[0])), number(float(edges[-1]))
    said = f"{title}, from {low} to {high}; the most in one step are {most:,}"
    return tag(
        "figure",
        tag("div", bars, role="img", aria_label=said),
        tag("figcaption", (tag("span", text) for text in (low, title, high))),
        class_="lab-histogram",
    )


def _share(value: float) -> str:
    return rate(value, 0) if math.isfinite(value) else "not a number"
