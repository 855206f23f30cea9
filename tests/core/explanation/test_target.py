from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.gradients import SaliencyOptions
from alexnet_core.explanation.methods.integrated_gradients import IntegratedOptions
from alexnet_core.explanation.target import Target, class_of, resolve
from alexnet_core.inspection.capture import capture
from tests.core.explanation.small import images, photo, small

SIGNED = SaliencyOptions(signed=True)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"index": -1}, "index is -1"),
        ({"layer": "conv3"}, "unit is None; allowed: a layer and a unit together"),
        ({"unit": 3}, "unit is 3; allowed: a layer and a unit together"),
        (
            {"layer": "conv3", "unit": 3, "index": 1},
            "layer is 'conv3'; allowed: none where a class",
        ),
        ({"layer": "conv3", "unit": 3, "against": 1}, "allowed: none where a class"),
        ({"index": 2, "against": 2}, "against is 2; allowed: another class than 2"),
    ],
)
def test_a_target_is_one_question(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Target(**fields)


@pytest.mark.parametrize(
    ("target", "error", "says"),
    [
        (Target(index=5), ConfigError, "index is 5; allowed: 0 to 4, the classes"),
        (Target(against=7), ConfigError, "against is 7; allowed: 0 to 4"),
        (Target(layer="conv9", unit=0), UnknownNameError, "layer is 'conv9'"),
        (Target(layer="conv3", unit=10), ConfigError, "channel is 10; allowed: 0 to 9"),
        (Target(layer="fc6", unit=20), ConfigError, "unit is 20; allowed: 0 to 19"),
    ],
)
def test_what_the_network_lacks_is_refused(
    target: Target, error: type[Exception], says: str
) -> None:
    model = small("alexnet-cifar")
    with pytest.raises(error, match=says):
        explain(model, photo(model), "saliency", target=target)


def test_names_for_people() -> None:
    model = small("alexnet-cifar")
    says = np.array([0.1, 0.2, 0.5, 0.1, 0.1])
    assert resolve(model, Target(), says).label == "cat"
    assert resolve(model, Target(), says).index == 2
    assert resolve(model, Target(index=1), says).label == "bee"
    assert resolve(model, Target(against=3), says).label == "cat and not dog"
    unit = Target(layer="conv3", unit=7)
    assert resolve(model, unit, says).label == "unit 7 of conv3"
    assert resolve(model, unit.replace(at="mean"), says).label == "unit 7 of conv3 (mean)"
    flat = Target(layer="fc6", unit=7, at="mean")
    assert resolve(model, flat, says).label == "unit 7 of fc6"
    assert resolve(model, unit, says).index is None
    with pytest.raises(ConfigError, match="another class than the predicted one, 2"):
        resolve(model, Target(against=2), says)


def test_a_class_by_name_or_number() -> None:
    model = small("alexnet-cifar")
    assert class_of(model, "Cat") == 2
    assert class_of(model, "3") == 3
    for name in ("cot", "5", "-1"):
        with pytest.raises(UnknownNameError, match="target is"):
            class_of(model, name)


def test_a_contrast_is_the_difference_of_two_explanations() -> None:
    model = small("alexnet-2012")

    def values(target: Target) -> np.ndarray:
        return explain(model, photo(model), "saliency", target=target, options=SIGNED).values

    both = values(Target(index=1, against=3))
    assert np.allclose(both, values(Target(index=1)) - values(Target(index=3)), atol=1e-7)
    found = explain(model, photo(model), "integrated-gradients", target=Target(index=1, against=3))
    logits = capture(model, photo(model)).logits
    assert found.logit == pytest.approx(logits[1] - logits[3], abs=1e-5)
    assert found.probability == pytest.approx(capture(model, photo(model)).probabilities[1])


@pytest.mark.parametrize("at", ["strongest", "mean"])
@pytest.mark.parametrize("layer", ["conv2", "norm2", "relu5", "pool5", "relu6", "fc8"])
def test_any_unit_of_any_layer_can_be_asked(layer: str, at: str) -> None:
    model = small("alexnet-2012")
    x = images(model, photo(model)).requires_grad_()
    seen: dict[str, torch.Tensor] = {}
    model.network(x, seen)
    own = seen[layer][0, 3]
    value = own if own.ndim == 0 else (own.max() if at == "strongest" else own.mean())
    (slope,) = torch.autograd.grad(value, x)
    target = Target(layer=layer, unit=3, at=at)
    found = explain(model, photo(model), "saliency", target=target, options=SIGNED)
    assert found.logit == pytest.approx(float(value.detach()), abs=1e-5)
    assert found.probability is None
    assert np.allclose(found.values, slope[0], rtol=1e-4, atol=1e-7)

    steps = IntegratedOptions(steps=400, baseline="mean")
    whole = explain(model, photo(model), "integrated-gradients", target=target, options=steps)
    assert whole.baseline_logit is not None
    gained = whole.logit - whole.baseline_logit
    assert float(whole.values.sum()) == pytest.approx(gained, rel=0.02, abs=1e-3)
