from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest
import torch

from alexnet_core.errors import ConfigError, TrainingError
from alexnet_core.planning import measured_speed
from alexnet_core.planning.memory_estimate import Room
from alexnet_core.training.learner import Learner


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Nothing remembered from another test."""
    monkeypatch.setattr(measured_speed, "_kept", type(measured_speed._kept)())


@pytest.fixture
def clock(monkeypatch):
    """A clock by which a step takes 10 ms and 1 ms a picture, whatever this machine is doing."""
    now = itertools.count().__next__
    spent = 0.0

    def learn(self, batch):
        nonlocal spent
        spent += 0.01 + 0.001 * len(batch.labels)
        return torch.zeros(3)

    monkeypatch.setattr(Learner, "learn", learn)
    read = SimpleNamespace(perf_counter=lambda: spent + 1e-6 * now())
    monkeypatch.setattr(measured_speed, "time", read)
    return read


def test_real_steps_are_timed(tiny_config):
    found = measured_speed.measure(tiny_config(), patience=0.2)
    assert found.step_seconds > 0
    assert found.picture_seconds > 0
    assert found.precision in ("fp32", "bf16")
    assert "threads" in found.device
    assert found.epoch_seconds(10, 0) == pytest.approx(10 * found.step_seconds)
    assert found.epoch_seconds(0, 5) == pytest.approx(5 * found.picture_seconds)


def test_the_batch_of_the_run_is_timed_where_that_is_quick(tiny_config, clock):
    found = measured_speed.measure(tiny_config(), patience=0.5)
    assert found.batch_size == 8
    assert found.steps == measured_speed.MOST_STEPS
    assert found.step_seconds == pytest.approx(0.018, rel=0.01)


def test_a_batch_that_takes_too_long_is_scaled_up_to(tiny_config, clock):
    begun = clock.perf_counter()
    found = measured_speed.measure(tiny_config(batch_size=4000), patience=0.5)
    assert clock.perf_counter() - begun < 0.5
    assert 16 <= found.batch_size < 4000
    assert found.step_seconds == pytest.approx(4.01, rel=0.01)


def test_a_measurement_is_made_once_for_all_runs_that_cost_the_same(tiny_config, monkeypatch):
    config = tiny_config()
    assert measured_speed.remembered(config) is None
    found = measured_speed.measure(config, patience=0.1)
    same = tiny_config(lr=0.7, epochs=9, seed=3, dataset="other", label_smoothing=0.2)
    monkeypatch.setattr(measured_speed, "_measure", None)
    assert measured_speed.remembered(same) is found
    assert measured_speed.measure(same) is found
    for other in ({"batch_size": 9}, {"optimizer.name": "adam"}, {"model.towers": 2}):
        changed = tiny_config(**({"optimizer.nesterov": False} | other))
        assert measured_speed.remembered(changed) is None


def test_old_measurements_are_forgotten(tiny_config, monkeypatch):
    monkeypatch.setattr(measured_speed, "MOST_KEPT", 1)
    measured_speed.measure(tiny_config(), patience=0.05)
    measured_speed.measure(tiny_config(batch_size=4), patience=0.05)
    assert measured_speed.remembered(tiny_config()) is None
    assert measured_speed.remembered(tiny_config(batch_size=4)) is not None


def test_a_measurement_stops_when_asked(tiny_config):
    assert measured_speed.measure(tiny_config(), should_stop=lambda: True) is None
    assert measured_speed.remembered(tiny_config()) is None


def test_a_network_that_does_not_fit_is_not_tried(tiny_config, monkeypatch):
    monkeypatch.setattr(measured_speed, "room", lambda device: Room(free=1000, whole=2000))
    monkeypatch.setattr(measured_speed, "build", None)
    with pytest.raises(TrainingError, match="too little free memory"):
        measured_speed.measure(tiny_config())


def test_the_batch_grows_only_as_far_as_memory_allows(tiny_config, monkeypatch):
    enough = SimpleNamespace(free=3 * measured_speed.memory(tiny_config(batch_size=4)).total)
    monkeypatch.setattr(measured_speed, "room", lambda device: enough)
    found = measured_speed.measure(tiny_config(batch_size=64), patience=0.5)
    assert found.batch_size < 16


def test_a_device_that_is_not_here_is_refused(tiny_config):
    with pytest.raises(ConfigError, match="device"):
        measured_speed.measure(tiny_config(device="cuda:99"))


@pytest.mark.parametrize(
    ("timed", "expected"),
    [
        ([(2, 3.0), (4, 4.0)], 4.0),
        ([(2, 1.0)], 32.0),
        ([(2, 3.0), (4, 4.0), (8, 6.0)], 34.0),
        # Noise turned the line over; proportional growth at twice the efficiency is the floor.
        ([(2, 2.0), (4, 1.0)], 8.5),
    ],
)
def test_scaling_up_follows_the_line_through_the_two_largest(timed, expected):
    batch = 4 if expected == 4.0 else 64
    assert measured_speed._extrapolate(timed, timed[-1][1], batch) == pytest.approx(expected)
