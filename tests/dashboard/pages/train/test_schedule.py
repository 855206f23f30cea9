from __future__ import annotations

from typing import Any

import pytest

from alexnet_core.data import datasets
from alexnet_core.planning.preflight import Preflight, preflight
from alexnet_core.training import recipes
from alexnet_core.training.optim import rate_factor
from dashboard.pages.train.panels.schedule import MOST_CURVES, curve, schedule_chart, words

QUICK = recipes.get("shapes-quick")


def look(**changes: Any) -> Preflight:
    config = QUICK.replace(**changes)
    return preflight(config, datasets.open(config.dataset).card)


@pytest.mark.parametrize("name", ["constant", "step", "cosine", "one-cycle", "plateau"])
@pytest.mark.parametrize("epochs", [1, 4, 300])
def test_every_point_is_the_rate_that_training_takes(name: str, epochs: int) -> None:
    config = QUICK.replace(epochs=epochs, **{"schedule.name": name, "schedule.every": 2})
    places, rates = curve(config, 50)
    assert len(places) < 2000
    assert (places[0], places[-1]) == (0, (50 * epochs - 1) / 50)
    for place, rate in zip(places, rates, strict=True):
        factor = rate_factor(config.schedule, round(50 * place), 50 * epochs, 50)
        assert rate == config.lr * factor


def test_no_corner_is_missing_from_a_long_curve() -> None:
    config = QUICK.replace(epochs=900)
    assert max(curve(config, 500)[1]) == pytest.approx(config.lr)
    steps = config.replace(**{"schedule.name": "step", "schedule.every": 100})
    places, rates = curve(steps, 500)
    fall = rates.index(rates[0] * steps.schedule.factor)
    assert (places[fall], places[fall - 1]) == (100, 100 - 1 / 500)


def test_a_sweep_has_a_curve_for_each_run_up_to_a_number() -> None:
    runs = {f"lr={at}": look(lr=at) for at in range(1, 12)}
    figure = schedule_chart(runs)
    assert [trace.name for trace in figure.data] == list(runs)[:MOST_CURVES]
    assert figure.layout.showlegend
    assert f"first {MOST_CURVES} of 11" in words([run.config for run in runs.values()])
    assert not schedule_chart({"one": look()}).layout.showlegend


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("constant", "stays at 0.05"),
        ("step", "multiplied by 0.1 every 10 epochs"),
        ("cosine", "half a cosine"),
        ("one-cycle", "20 % of the run"),
        ("plateau", "no better validation loss"),
    ],
)
def test_a_curve_is_said_in_words(name: str, said: str) -> None:
    assert said in words([QUICK.replace(**{"schedule.name": name})])
