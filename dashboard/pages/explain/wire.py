"""A heat map as the browser gets it: a head of JSON, then a float32 for each place.

The browser gets the numbers themselves, so that it reads exact values under the pointer and
colours, clips, overlays and outlines without another request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alexnet_core import rendering
from dashboard.common.passes.wire import packed

if TYPE_CHECKING:
    from alexnet_core.explanation.attribution import Explanation
    from alexnet_core.explanation.evaluation.metrics import Quality

DIGITS = 5


def heat(found: Explanation, more: dict[str, Any] | None = None) -> bytes:
    """The map of an explanation, the sum over colours, (S, S), and its figures."""
    from alexnet_core.explanation import heat_maps

    end = heat_maps.limit([found.heat])
    head: dict[str, Any] = {
        "colours": rendering.DIVERGING,
        "outline": heat_maps.OUTLINE,
        "side": len(found.heat),
        "limit": end,
        "percentile": heat_maps.PERCENTILE,
        "flat": not bool(np.ptp(found.heat)),
        "method": found.method,
        "label": found.target.label,
        "logit": _short(found.logit),
        "baseline_logit": _short(found.baseline_logit),
        "delta": _short(found.delta),
        # Whether more of them bring the sum nearer.
        "steps": getattr(found.options, "steps", None),
        "seconds": round(found.seconds, 4),
        **(more or {}),
    }
    numbers: NDArray[np.float32] = np.ascontiguousarray(found.heat, dtype="<f4")
    return packed(head, [numbers.view(np.uint8)])


def figures(quality: Quality) -> list[dict[str, Any]]:
    """The figures of a card in words; those that were not measured are left out."""
    from alexnet_core.explanation.evaluation.metrics import FIGURES

    rows = []
    for name in ("deletion", "insertion", "infidelity_normalised", "sparseness"):
        value, figure = getattr(quality, name), FIGURES[name]
        if value is not None:
            better = (
                "" if figure.better == "neither" else f" {figure.better.capitalize()} is better."
            )
            rows.append(
                {
                    "name": name,
                    "title": figure.title,
                    "value": _short(value),
                    "help": figure.sentence + better,
                }
            )
    return rows


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
