from __future__ import annotations

import pytest

from alexnet_core.errors import ConfigError
from alexnet_core.inspection import layer_cost
from alexnet_core.models import variants
from alexnet_core.models.anatomy import describe


def test_every_layer_is_timed_beside_its_anatomy(monkeypatch: pytest.MonkeyPatch) -> None:
    config = variants.get("alexnet-cifar").config
    layers = len(describe(config).layers)
    # A clock on which layer 0 takes 1 ms, layer 1 takes 2 ms, ..., but ten times as long while the
    # machine warms up and three times as long once more.
    spans = [factor * span for factor in (10, 10, 1, 3, 1) for span in range(1, layers + 1)]
    ticks, now = [], 0.0
    for span in spans:
        ticks += [now, now + span / 1_000]
        now += 1.0
    readings = iter(ticks)
    monkeypatch.setattr(layer_cost.time, "perf_counter", lambda: next(readings))

    found = layer_cost.measure(config, repeats=3, device="cpu")

    assert tuple(layer.anatomy for layer in found.layers) == describe(config).layers
    assert [round(layer.milliseconds) for layer in found.layers] == list(range(1, layers + 1))
    assert found.milliseconds == pytest.approx(layers * (layers + 1) / 2)
    assert found.repeats == 3
    assert next(readings, None) is None


def test_what_can_not_be_timed_is_refused() -> None:
    config = variants.get("alexnet-cifar").config
    with pytest.raises(ConfigError, match="repeats is 0"):
        layer_cost.measure(config, repeats=0)
    with pytest.raises(ConfigError, match=r"500,000,000 parameters.*to be timed"):
        layer_cost.measure(config.replace(hidden_sizes=(65_536, 65_536)))
