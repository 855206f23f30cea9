"""A unit in numbers: its statistics beside its layer's, its histogram, its weights."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from alexnet_core.rendering import DIVERGING
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
        st.html(_table(f"This {noun(spec)}", mine, whole))
        st.html(_histogram(values[who.unit], f"Values of {who.layer}, channel {who.unit}"))
    else:
        st.html(_place(values, who.unit))
        st.html(_histogram(values, f"All values of {who.layer}", mark=float(values[who.unit])))
    weights.weights(who, found)


def _table(title: str, mine: Statistics, whole: Statistics) -> str:
    rows = (
        ("Mean", _number(mine.mean), _number(whole.mean)),
        ("Standard deviation", _number(mine.std), _number(whole.std)),
        ("Smallest", _number(mine.minimum), _number(whole.minimum)),
        ("Largest", _number(mine.maximum), _number(whole.maximum)),
        ("Zeros", _share(mine.sparsity), _share(whole.sparsity)),
        ("L2 norm", _number(mine.l2), _number(whole.l2)),
    )
    cells = "".join(
        f'<tr><th scope="row">{name}</th><td>{one}</td><td>{all_}</td></tr>'
        for name, one, all_ in rows
    )
    return (
        '<table class="lab-facts lab-figures"><caption>Statistics</caption><thead><tr><td></td>'
        f'<th scope="col">{title}</th><th scope="col">Whole layer</th></tr></thead>'
        f"<tbody>{cells}</tbody></table>"
    )


def _place(values: NDArray[np.floating], unit: int) -> str:
    """A flat layer's value and where it stands among the others."""
    value = float(values[unit])
    finite = values[np.isfinite(values)]
    if not math.isfinite(value):
        return '<p class="lab-note">Its value is not a number.</p>'
    place = int((finite > value).sum()) + 1
    where = f"number {place:,} of {len(values):,} from the top"
    return f"<p>It gives <b>{_number(value)}</b>, {where}.</p>"


def _histogram(values: NDArray[np.floating], title: str, mark: float | None = None) -> str:
    from alexnet_core.inspection import activation_statistics

    counts, edges = activation_statistics.histogram(values, _BINS)
    most = int(counts.max(initial=0))
    if not most:
        return '<p class="lab-note">None of its values is a number.</p>'
    at = -1
    if mark is not None and math.isfinite(mark):
        at = min(int(np.searchsorted(edges, mark, side="right")) - 1, _BINS - 1)
    here = f";background:{DIVERGING[8]}"
    bars = "".join(
        # The root keeps a few strong values in sight beside the many zeros.
        f'<i style="height:{100 * math.sqrt(count / most):.1f}%{here if number == at else ""}" '
        f'title="{_number(low)} to {_number(high)}: {count:,}"></i>'
        for number, (count, low, high) in enumerate(
            zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        )
    )
    low, high = _number(float(edges[0])), _number(float(edges[-1]))
    return (
        f'<figure class="lab-histogram"><div role="img" aria-label="{escape(title)}, from {low} to '
        f'{high}; the most in one step are {most:,}">{bars}</div>'
        f"<figcaption><span>{low}</span><span>{escape(title)}</span><span>{high}</span>"
        "</figcaption></figure>"
    )


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "not a number"
    text = "0" if value == 0 else f"{value:.3g}"
    return text.replace("-", "−")


def _share(value: float) -> str:
    return f"{value:.0%}".replace("%", " %") if math.isfinite(value) else "not a number"
