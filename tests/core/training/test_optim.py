from __future__ import annotations

import pytest
from torch import optim

from alexnet_core.models.alexnet import build
from alexnet_core.training.config import ScheduleConfig
from alexnet_core.training.optim import Plateau, build_optimizer, rate_factor


def rates(steps: int = 100, **fields) -> list[float]:
    schedule = ScheduleConfig(**fields)
    return [rate_factor(schedule, step, steps, steps // 10) for step in range(steps)]


def test_one_cycle_rises_to_its_peak_and_falls_towards_zero():
    factors = rates(name="one-cycle", warmup=0.2)
    peak = factors.index(1.0)
    assert peak == pytest.approx(19, abs=1)
    assert factors[:peak] == sorted(factors[:peak])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert 0 < factors[-1] < 0.02


def test_step_divides_every_so_many_epochs():
    factors = rates(name="step", every=3, factor=0.1)
    assert factors[29] == 1
    assert factors[30] == pytest.approx(0.1)
    assert factors[60] == pytest.approx(0.01)


def test_cosine_is_half_way_down_in_the_middle():
    factors = rates(name="cosine")
    assert factors[0] == 1
    assert factors[50] == pytest.approx(0.5)


def test_constant_stays():
    assert set(rates(name="constant")) == {1.0}


def test_plateau_divides_only_after_waiting_and_survives_a_restart():
    schedule = ScheduleConfig(name="plateau", every=2, factor=0.1)
    plateau = Plateau(schedule)
    for loss in (1.0, 0.9, 0.95):
        plateau.observe(loss)
    assert plateau.factor == 1
    restored = Plateau(schedule)
    restored.restore(plateau.state())
    restored.observe(0.9)
    assert restored.factor == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", optim.SGD), ("adam", optim.Adam), ("adamw", optim.AdamW)]
)
def test_each_optimizer_decays_weights_and_not_norms_where_told(tiny_config, name, kind):
    config = tiny_config(
        **{
            "optimizer.nesterov": False,
            "optimizer.name": name,
            "optimizer.weight_decay": 0.01,
            "optimizer.decay_norms_and_biases": False,
        }
    )
    network = build(config.model, 0)
    optimizer = build_optimizer(network, config)
    assert isinstance(optimizer, kind)
    decayed = {
        id(parameter)
        for group in optimizer.param_groups
        if group["weight_decay"]
        for parameter in group["params"]
    }
    for parameter_name, parameter in network.named_parameters():
        assert (id(parameter) in decayed) == (parameter.ndim >= 2), parameter_name
