from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.integrated_gradients import (
    ActivationOptions,
    ConductanceOptions,
    IntegratedOptions,
)
from alexnet_core.explanation.target import Target
from alexnet_core.inspection.capture import capture
from alexnet_core.models import library, variants
from tests.core.explanation.small import images, photo, small


@pytest.mark.parametrize("variant", variants.names())
def test_integrated_gradients_sum_to_what_the_logit_gained(variant: str) -> None:
    model = small(variant)
    pixels = photo(model)
    steps = 800 if model.config.input_size < 100 else 300
    options = IntegratedOptions(steps=steps, baseline="mean")
    found = explain(model, pixels, "integrated-gradients", options=options)
    with torch.no_grad():
        own, none = model.network(torch.cat([images(model, pixels), images(model, pixels) * 0]))
    assert found.target.index == int(own.argmax())
    gained = float((own - none)[found.target.index])
    assert abs(gained) > 0.02
    assert float(found.values.sum()) == pytest.approx(gained, rel=0.01)
    assert found.delta == pytest.approx(found.values.sum() - gained, abs=1e-4)
    assert found.logit - (found.baseline_logit or 0) == pytest.approx(gained, abs=1e-5)


@pytest.mark.parametrize("baseline", ["black", "mean", "blur", "noise"])
def test_on_the_shipped_network_each_baseline_sums_up(baseline: str) -> None:
    model = library.load("bundled:cifar10")
    options = IntegratedOptions(steps=500 if baseline == "noise" else 150, baseline=baseline)
    found = explain(model, photo(model), "integrated-gradients", options=options)
    assert found.baseline_logit is not None
    gained = found.logit - found.baseline_logit
    assert float(found.values.sum()) == pytest.approx(gained, rel=0.01)


def test_an_own_baseline_goes_first() -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    same = explain(model, pixels, "integrated-gradients", baseline=pixels)
    assert not same.values.any()
    assert same.baseline_logit == pytest.approx(same.logit)
    black = explain(model, pixels, "integrated-gradients", baseline=pixels * 0)
    assert np.array_equal(black.values, explain(model, pixels, "integrated-gradients").values)


@pytest.mark.parametrize("layer", ["conv1", "pool2", "conv5"])
def test_conductance_at_a_layer_sums_to_what_the_logit_gained(layer: str) -> None:
    model = small("alexnet-owt")
    options = ConductanceOptions(layer=layer, steps=400)
    found = explain(model, photo(model), "layer-conductance", options=options)
    assert found.baseline_logit is not None
    gained = found.logit - found.baseline_logit
    assert gained > 1
    assert found.delta == pytest.approx(0, abs=0.05 * gained)


def test_an_activation_is_what_the_layer_gave() -> None:
    model = small("alexnet-2012")
    pixels = photo(model)
    maps = torch.from_numpy(capture(model, pixels).outputs["norm2"].copy())[None]
    side = model.config.input_size

    def enlarged(some: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.interpolate(some, (side, side), mode="bilinear")[0, 0]

    one = explain(
        model, pixels, "layer-activation", options=ActivationOptions(layer="norm2", unit=3)
    )
    assert np.allclose(one.values, enlarged(maps[:, 3:4]), atol=1e-6)
    every = explain(model, pixels, "layer-activation", options=ActivationOptions(layer="norm2"))
    assert np.allclose(every.values, enlarged(maps.mean(1, keepdim=True)), atol=1e-6)
    with pytest.raises(ConfigError, match="channel is 12; allowed: 0 to 11"):
        explain(
            model, pixels, "layer-activation", options=ActivationOptions(layer="norm2", unit=12)
        )


@pytest.mark.parametrize("method", ["grad-cam", "guided-grad-cam", "layer-conductance"])
def test_a_layer_must_give_maps_and_come_before_what_is_asked(method: str) -> None:
    from alexnet_core.explanation.methods.registry import METHODS

    model = small("alexnet-cifar")
    kind = METHODS[method].options
    with pytest.raises(UnknownNameError, match="layer is 'fc6'; allowed: conv1"):
        explain(model, photo(model), method, options=kind(layer="fc6"))
    early = Target(layer="relu3", unit=2)
    with pytest.raises(ConfigError, match="layer is 'conv5'; allowed: a layer up to relu3"):
        explain(model, photo(model), method, target=early)
    assert explain(model, photo(model), method, target=early, options=kind(layer="conv2"))
