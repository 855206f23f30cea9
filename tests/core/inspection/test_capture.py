from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data.images import Picture
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.evaluation.classify import classify
from alexnet_core.inspection import activation_statistics, contributions
from alexnet_core.inspection.capture import SOFTMAX, Captured, capture
from alexnet_core.models import variants
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.library import LoadedModel


def load(seed: int) -> LoadedModel:
    config = variants.get("alexnet-cifar").config
    return LoadedModel(
        reference="made for a test",
        network=build(config, seed).eval(),
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=tuple(map(str, range(config.num_classes))),
        card=None,
    )


def photo(seed: int = 0, size: tuple[int, int] = (60, 45)) -> Picture:
    levels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Picture(Image.fromarray(levels), str(seed), "PNG", "photo.png", size, ())


def hooks(network: AlexNet) -> int:
    return sum(len(layer._forward_hooks) for layer in network.modules())


def near(found: NDArray[np.float32], expected: NDArray[np.float32]) -> bool:
    return found.shape == expected.shape and bool(np.abs(found - expected).max() < 1e-4)


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return load(0)


@pytest.fixture(scope="module")
def captured(model: LoadedModel) -> Captured:
    return capture(model, photo())


@pytest.fixture
def faulty(model: LoadedModel) -> Iterator[LoadedModel]:
    """The model while its fourth convolution fails."""

    def fail(*_: object) -> None:
        raise RuntimeError("no memory left")

    handle = model.network.get_submodule("conv4").register_forward_pre_hook(fail)
    yield model
    handle.remove()


def test_every_layer_is_there_in_forward_order_with_what_it_gave(
    model: LoadedModel, captured: Captured
) -> None:
    values = model.transform(photo().image)[None]
    assert np.array_equal(captured.input, values[0].numpy())
    assert list(captured.outputs) == [spec.name for spec in model.config.layers()]
    with torch.inference_mode():
        for spec in model.config.layers():
            went_in = values[0].numpy()
            values = model.network.get_submodule(spec.name)(values)
            assert captured.outputs[spec.name].shape == spec.out_shape
            assert captured.outputs[spec.name].dtype == np.float32
            assert near(captured.outputs[spec.name], values[0].numpy())
            assert near(captured.into(spec.name), went_in)


def test_before_and_after_the_activation_are_two_things(captured: Captured) -> None:
    before, after = captured.outputs["norm1"], captured.outputs["relu1"]
    assert before.min() < 0
    assert np.array_equal(after, np.maximum(before, 0))


def test_it_says_what_classify_says(model: LoadedModel, captured: Captured) -> None:
    said = classify(model, photo(), top=10)
    for guess in said.predictions:
        assert captured.logits[guess.index] == pytest.approx(guess.logit, abs=1e-5)
        assert captured.output(SOFTMAX)[guess.index] == pytest.approx(guess.probability, abs=1e-6)
    assert np.array_equal(captured.pixels, said.input_pixels)


def test_names_lead_down_to_the_picture(captured: Captured) -> None:
    assert captured.before("conv1") == ""
    assert captured.into("conv1") is captured.input
    assert captured.before(SOFTMAX) == "fc8"
    assert captured.into(SOFTMAX) is captured.logits is captured.output("fc8")


@pytest.mark.parametrize("ask", [Captured.output, Captured.into, Captured.before])
def test_a_layer_that_is_not_there_is_named_with_the_nearest(
    ask: object, captured: Captured
) -> None:
    with pytest.raises(UnknownNameError, match=r"layer is 'con1'; allowed: conv1, .*conv1\)"):
        ask(captured, "con1")


def test_pixels_that_are_cut_already_give_the_same(model: LoadedModel, captured: Captured) -> None:
    pixels = model.transform.pixels(photo().image).copy()
    again = capture(model, pixels)
    assert np.array_equal(again.probabilities, captured.probabilities)
    pixels[:] = 0
    assert np.array_equal(again.pixels, captured.pixels)


def test_a_picture_smaller_than_the_input_is_enlarged(model: LoadedModel) -> None:
    assert capture(model, photo(size=(3, 2))).pixels.shape == (32, 32, 3)


@pytest.mark.parametrize(
    "pixels", [np.zeros((32, 31, 3), np.uint8), np.zeros((32, 32), np.uint8), np.zeros((32, 32, 3))]
)
def test_pixels_of_another_size_or_type_are_refused(
    pixels: NDArray[np.uint8], model: LoadedModel
) -> None:
    with pytest.raises(ConfigError, match=r"pixels is .*; allowed: uint8 \(32, 32, 3\)"):
        capture(model, pixels)


def test_a_network_of_other_than_three_planes_is_refused() -> None:
    config = variants.get("alexnet-cifar", in_channels=1).config
    grey = load(0)
    grey = LoadedModel(**(vars(grey) | {"network": build(config), "config": config}))
    with pytest.raises(ConfigError, match="in_channels is 1; allowed: 3"):
        capture(grey, photo())


def test_what_is_shared_cannot_be_written(captured: Captured) -> None:
    for values in (captured.pixels, captured.input, captured.probabilities, captured.logits):
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 0
    with pytest.raises(TypeError):
        captured.outputs["conv1"] = captured.input


def test_nothing_stays_behind(model: LoadedModel) -> None:
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    capture(model, photo())
    assert hooks(model.network) == 0
    assert not model.lock.locked()
    assert all(weight.grad is None for weight in model.network.parameters())
    after = model.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_nothing_stays_behind_after_a_failure(faulty: LoadedModel) -> None:
    with pytest.raises(RuntimeError, match="no memory left"):
        capture(faulty, photo())
    assert hooks(faulty.network) == 0
    assert not faulty.lock.locked()


def test_the_network_is_used_under_its_lock_alone(model: LoadedModel) -> None:
    locked: list[bool] = []
    layer = model.network.get_submodule("conv1")
    handle = layer.register_forward_hook(lambda *_: locked.append(model.lock.locked()))
    try:
        capture(model, photo())
    finally:
        handle.remove()
    assert locked == [True]


def test_two_visitors_with_two_models_never_see_each_others_maps() -> None:
    """Four visitors at once: two models, and two pictures in each of them."""
    models = (load(1), load(2))
    pairs = [(own, photo(seed)) for own in models for seed in (0, 1)]
    expected = [capture(*pair) for pair in pairs]
    start = threading.Barrier(len(pairs))

    def look(number: int) -> list[Captured]:
        start.wait(timeout=60)
        return [capture(*pairs[number]) for _ in range(8)]

    with ThreadPoolExecutor(len(pairs)) as pool:
        seen = list(pool.map(look, range(len(pairs))))

    for number, captures in enumerate(seen):
        for found in captures:
            for layer, values in expected[number].outputs.items():
                assert near(found.outputs[layer], values), (number, layer)
    different = [each.outputs["fc8"] for each in expected]
    assert min(np.abs(a - b).max() for a in different for b in different if a is not b) > 0.1
    assert [hooks(own.network) for own in models] == [0, 0]


def test_a_network_with_nan_can_be_looked_at(recwarn: pytest.WarningsRecorder) -> None:
    broken = load(3)
    with torch.no_grad():
        broken.network.get_submodule("conv3").get_parameter("weight")[5] = torch.nan

    found = capture(broken, photo())

    assert found.broken == "conv3"
    assert found.warning == (
        "From conv3 on, some numbers of this network are NaN or infinite, "
        "so what it says of this picture means nothing."
    )
    channels = activation_statistics.of(found.output("conv3"))
    assert channels[5].broken == 7 * 7
    assert channels[4].broken == 0
    activation_statistics.histogram(found.output("conv4"))
    for layer in found.outputs:
        contributions.below(broken.network, found, layer, 5)
        contributions.above(broken.network, found, layer, 5)
    assert not recwarn.list


def test_a_sound_network_has_no_warning(captured: Captured) -> None:
    assert (captured.broken, captured.warning) == ("", "")
