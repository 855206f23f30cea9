from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from alexnet_core.data import shapes
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CancelledError, ConfigError, UnknownNameError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.evaluation import parameter_randomisation
from alexnet_core.explanation.evaluation.statistics import spearman
from alexnet_core.explanation.methods.gradients import CamOptions, NoOptions, SaliencyOptions
from alexnet_core.explanation.methods.integrated_gradients import IntegratedOptions
from alexnet_core.explanation.target import Target
from alexnet_core.models import library, variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.library import LoadedModel

Pixels = NDArray[np.uint8]
TOP_DOWN = ("fc8", "fc7", "fc6", "conv5", "conv4", "conv3", "conv2", "conv1")


@pytest.fixture(scope="module")
def shipped() -> LoadedModel:
    return library.load("bundled:cifar10")


@pytest.fixture
def model() -> LoadedModel:
    changes: dict[str, Any] = {"conv_channels": (8, 12, 10, 14, 12), "hidden_sizes": (20, 16)}
    config = variants.get("alexnet-cifar", num_classes=10, norm="batch", **changes).config
    return LoadedModel(
        reference="made for a test",
        network=build(config.replace(initialisation="he"), seed=7).eval(),
        config=config.replace(initialisation="he"),
        transform=Transform(input_size=32),
        categories=shapes.CLASSES,
        card=None,
    )


@pytest.fixture
def pixels() -> Pixels:
    return np.asarray(shapes.draw(3, size=32).image, dtype=np.uint8)


@pytest.fixture(scope="module")
def cascades(shipped: LoadedModel) -> list[parameter_randomisation.Cascade]:
    names = {
        "saliency": SaliencyOptions(),
        "integrated-gradients": IntegratedOptions(steps=8),
        "grad-cam": CamOptions(),
        "guided-backprop": NoOptions(),
    }
    return [
        parameter_randomisation.randomise_cascade(
            shipped, np.asarray(shapes.draw(number, size=32).image), names, seed=number
        )
        for number in range(3)
    ]


def mean(cascades: list[parameter_randomisation.Cascade], method: str, layer: str) -> float:
    place = TOP_DOWN.index(layer)
    found = [one.steps[place].correlations[method] for one in cascades]
    return float(np.mean([each for each in found if each is not None]))


@pytest.mark.parametrize("method", ["saliency", "integrated-gradients", "grad-cam"])
def test_the_lever_moves_what_depends_on_the_network(
    cascades: list[parameter_randomisation.Cascade], method: str
) -> None:
    """Adebayo et al., 2018, figures 2 to 4: gradients and Grad-CAM pass."""
    assert mean(cascades, method, "fc6") < 0.6
    assert mean(cascades, method, "conv1") < 0.6
    assert all(method not in one.unchanged for one in cascades)


def test_guided_backprop_hardly_notices(cascades: list[parameter_randomisation.Cascade]) -> None:
    """Adebayo et al., 2018: it draws edges nearly whatever the upper layers hold."""
    for layer in ("fc8", "fc7", "fc6", "conv5"):
        assert mean(cascades, "guided-backprop", layer) > 0.85
    assert mean(cascades, "guided-backprop", "conv1") < mean(cascades, "guided-backprop", "fc6")
    for one in cascades:
        assert one.unchanged == ("guided-backprop",)
        assert parameter_randomisation.sentence(one.unchanged) == (
            "Guided Backprop hardly changes when the layers that give the answer forget all they "
            "learned: "
            "this method shows the picture more than the reason for the answer."
        )


def test_each_step_forgets_one_more_from_the_top(
    cascades: list[parameter_randomisation.Cascade],
) -> None:
    for one in cascades:
        assert tuple(step.layer for step in one.steps) == TOP_DOWN
        assert one.judged == "fc6"
        assert all(step.heats["saliency"].shape == (32, 32) for step in one.steps)


def test_the_numbers_are_those_of_a_network_forgotten_by_hand(
    model: LoadedModel, pixels: Pixels
) -> None:
    found = parameter_randomisation.randomise_cascade(model, pixels, ["saliency"], seed=4)
    intact = explain(model, pixels, "saliency")
    same = Target(index=intact.target.index)
    fresh = build(model.config, seed=4)
    names = [name for name, _ in model.network.named_children()]
    for step in found.steps:
        own = build(model.config, seed=0)
        own.load_state_dict(model.network.state_dict())
        for name in names[names.index(step.layer) :]:
            own.get_submodule(name).load_state_dict(fresh.get_submodule(name).state_dict())
        by_hand = LoadedModel(**(vars(model) | {"network": own.eval()}))
        expected = explain(by_hand, pixels, "saliency", target=same).heat
        assert np.allclose(step.heats["saliency"], expected, atol=1e-6)
        correlation = step.correlations["saliency"]
        assert correlation == pytest.approx(spearman(intact.heat, expected))
        assert correlation is not None
        assert correlation < 0.99


def test_what_lies_below_is_shared_and_the_model_stays(model: LoadedModel) -> None:
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    changed = parameter_randomisation.randomised(model, "conv4", seed=1)
    own = dict(changed.network.named_parameters())
    shared = {name for name, value in model.network.named_parameters() if value is own[name]}
    names = [name for name, _ in model.network.named_children()]
    below = {name for name in names[: names.index("conv4")] if name.startswith(("conv", "norm"))}
    assert {name.split(".")[0] for name in shared} == below
    assert not any(layer.training for layer in changed.network.modules())
    after = model.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    with pytest.raises(UnknownNameError, match="layer is 'conv9'"):
        parameter_randomisation.randomised(model, "conv9")


def test_another_seed_forgets_otherwise(model: LoadedModel) -> None:
    one, same, other = (
        parameter_randomisation.randomised(model, "fc8", seed).network for seed in (0, 0, 1)
    )
    weights = [network.get_submodule("fc8").get_parameter("weight") for network in (one, same)]
    assert torch.equal(*weights)
    assert not torch.equal(weights[0], other.get_submodule("fc8").get_parameter("weight"))


def test_the_target_stays_that_of_the_intact_network(
    model: LoadedModel, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets: list[Target] = []

    def watched(*arguments: Any, **options: Any) -> Any:
        targets.append(options["target"])
        return explain(*arguments, **options)

    monkeypatch.setattr(parameter_randomisation, "explain", watched)
    found = parameter_randomisation.randomise_cascade(model, pixels, ["saliency"])
    index = found.intact["saliency"].target.index
    assert targets == [Target(), *[Target(index=index)] * 8]
    targets.clear()
    parameter_randomisation.randomise_cascade(
        model, pixels, ["saliency"], target=Target(index=2, against=4)
    )
    assert set(targets) == {Target(index=2, against=4)}


def test_maps_that_are_there_already_are_not_made_again(model: LoadedModel, pixels: Pixels) -> None:
    told: list[tuple[int, int]] = []
    intact = {"saliency": explain(model, pixels, "saliency", target=Target(index=3))}
    found = parameter_randomisation.randomise_cascade(
        model, pixels, ["saliency"], intact=intact, progress=lambda *at: told.append(at)
    )
    assert found.intact is intact
    assert told == [(done, 8) for done in range(1, 9)]
    again = parameter_randomisation.randomise_cascade(
        model, pixels, ["saliency"], target=Target(index=3)
    )
    assert [step.correlations for step in again.steps] == [
        step.correlations for step in found.steps
    ]


def test_a_method_may_come_with_options(model: LoadedModel, pixels: Pixels) -> None:
    options = CamOptions(layer="conv2")
    found = parameter_randomisation.randomise_cascade(model, pixels, {"grad-cam": options})
    assert found.intact["grad-cam"].options == options
    plain = explain(model, pixels, "grad-cam", options=options).heat
    assert np.array_equal(found.intact["grad-cam"].heat, plain)


def test_what_does_not_depend_on_the_answer_is_named(model: LoadedModel, pixels: Pixels) -> None:
    found = parameter_randomisation.randomise_cascade(
        model, pixels, ["layer-activation", "guided-backprop", "saliency"]
    )
    assert "layer-activation" in found.unchanged
    both = parameter_randomisation.sentence(["guided-backprop", "layer-activation"])
    assert both.startswith("Guided Backprop and Layer activation hardly change when")
    assert parameter_randomisation.sentence([]) == ""


def test_it_can_be_cancelled_and_needs_a_method(model: LoadedModel, pixels: Pixels) -> None:
    seen: list[int] = []

    def enough() -> bool:
        return len(seen) >= 3

    with pytest.raises(CancelledError):
        parameter_randomisation.randomise_cascade(
            model,
            pixels,
            ["saliency"],
            progress=lambda done, _: seen.append(done),
            cancelled=enough,
        )
    assert seen == [1, 2, 3]
    assert not any(layer._forward_hooks for layer in model.network.modules())
    assert not model.lock.locked()
    with pytest.raises(ConfigError, match="methods is ''; allowed: at least one method"):
        parameter_randomisation.randomise_cascade(model, pixels, [])


def test_every_variant_has_a_cascade() -> None:
    for name in variants.names():
        config = variants.get(name).config
        layers = parameter_randomisation.steps_of(config)
        assert layers[-1] == "conv1"
        assert parameter_randomisation.judged_by(config) == "fc6"
        assert len(layers) == 5 + len(config.hidden_sizes) + 1
        assert parameter_randomisation.steps_of(config, "pool5") == layers[-5:]
        assert parameter_randomisation.judged_by(config, "pool5") == "conv5"
        assert parameter_randomisation.judged_by(config, layers[0]) == "fc6"


def test_above_a_unit_nothing_is_forgotten(model: LoadedModel, pixels: Pixels) -> None:
    target = Target(layer="conv3", unit=4)
    found = parameter_randomisation.randomise_cascade(model, pixels, ["saliency"], target=target)
    assert tuple(step.layer for step in found.steps) == ("conv3", "conv2", "conv1")
    assert found.judged == "conv3"
    assert found.unchanged == ()
    assert found.intact["saliency"].target.layer == "conv3"
