"""The learning rate over a run, before it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from alexnet_core.training.config import RunConfig
from dashboard.common.charts import MARGIN
from dashboard.common.format import rate
from dashboard.common.theme import class_colour

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from alexnet_core.planning.preflight import Preflight

MOST_CURVES = 8
"""Runs of a sweep whose curves are drawn."""

_POINTS = 400
_HEIGHT = 150


def schedule_chart(runs: Mapping[str, Preflight]) -> Figure:
    """The learning rate at every step, in epochs.

    Args:
        runs: by name; the first `MOST_CURVES` are drawn.
    """
    from plotly.graph_objects import Figure, Scatter

    shown = list(runs.items())[:MOST_CURVES]
    curves = []
    for number, (name, checked) in enumerate(shown):
        epochs, rates = curve(checked.config, checked.steps_an_epoch)
        curves.append(
            Scatter(
                x=epochs,
                y=rates,
                name=name,
                mode="lines",
                line={"color": class_colour(number), "width": 2},
                hovertemplate="epoch %{x:.2f}: %{y:.4g}<extra></extra>",
            )
        )
    return Figure(
        curves,
        {
            "height": _HEIGHT + (24 * len(curves) if len(curves) > 1 else 0),
            "margin": MARGIN,
            "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
            "yaxis": {"rangemode": "tozero", "tickformat": "~g", "nticks": 5},
            "showlegend": len(curves) > 1,
            "legend": {"orientation": "h", "y": -0.4},
        },
    )


def curve(config: RunConfig, steps_an_epoch: int) -> tuple[list[float], list[float]]:
    """Epochs from 0 and the rate there, at most a few hundred points and always both ends."""
    from alexnet_core.training.optim import rate_factor

    steps = max(1, config.epochs * steps_an_epoch)
    count = min(steps, _POINTS)
    places = sorted({round(at * (steps - 1) / max(1, count - 1)) for at in range(count)})
    if config.schedule.name in ("step", "one-cycle"):
        # Where a corner is, no point may be missing.
        places = sorted({*places, *_corners(config, steps, steps_an_epoch)})
    rates = [config.lr * rate_factor(config.schedule, at, steps, steps_an_epoch) for at in places]
    return [at / steps_an_epoch for at in places], rates


def words(configs: Sequence[RunConfig]) -> str:
    """The curves as a sentence: what a reader of the screen hears, and what no curve can show."""
    config, count = configs[0], len(configs)
    if count > MOST_CURVES:
        return f"The first {MOST_CURVES} of {count} runs."
    if count > 1:
        return f"One curve for each of {count} runs."
    schedule, lr = config.schedule, f"{config.lr:g}"
    times = f"multiplied by {schedule.factor:g}"
    warmup = rate(schedule.warmup, 0)
    return {
        "constant": f"The learning rate stays at {lr}.",
        "step": f"It starts at {lr} and is {times} every {schedule.every} epochs.",
        "cosine": f"It starts at {lr} and falls along half a cosine to zero.",
        "one-cycle": f"It rises to {lr} over {warmup} of the run, then falls to zero.",
        "plateau": f"It starts at {lr} and is {times} whenever {schedule.every} epochs bring no "
        "better validation loss. When that is, nobody knows before.",
    }[schedule.name]


def _corners(config: RunConfig, steps: int, steps_an_epoch: int) -> list[int]:
    if config.schedule.name == "one-cycle":
        return [min(steps - 1, max(0, round(config.schedule.warmup * steps) - 1))]
    period = config.schedule.every * steps_an_epoch
    falls = list(range(period, steps, period))[:_POINTS]
    return [*falls, *(at - 1 for at in falls)]
