from __future__ import annotations

import pytest

from alexnet_core.errors import ConfigError
from alexnet_core.inspection import cost
from alexnet_core.models import library
from alexnet_core.models.anatomy import describe


def test_every_layer_is_timed_beside_its_anatomy(monkeypatch: pytest.MonkeyPatch) -> None:
    model = library.load("bundled:cifar10")
    layers = len(describe(model.config).layers)
    # A clock on which layer 0 takes 1 ms, layer 1 takes 2 ms, ..., but ten times as long while the
    # machine warms up and three times as long once more.
    spans = [factor * span for factor in (10, 10, 1, 3, 1) for span in range(1, layers + 1)]
    ticks, now = [], 0.0
    for span in spans:
        ticks += [now, now + span / 1_000]
        now += 1.0
    readings = iter(ticks)
    monkeypatch.setattr(cost.time, "perf_counter", lambda: next(readings))

    found = cost.measure(model, repeats=3)

    assert tuple(layer.anatomy for layer in found.layers) == describe(model.config).layers
    assert [round(layer.milliseconds) for layer in found.layers] == list(range(1, layers + 1))
    assert found.milliseconds == pytest.approx(layers * (layers + 1) / 2)
    assert found.repeats == 3
    assert next(readings, None) is None
    assert model.lock.acquire(blocking=False)


def test_it_takes_at_least_one_pass() -> None:
    with pytest.raises(ConfigError, match="repeats is 0"):
        cost.measure(library.load("bundled:cifar10"), repeats=0)
