"""Every kind of layer of every variant, computed by hand and compared with what the layer gave."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection.arithmetic.value import Arithmetic, explain
from alexnet_core.inspection.capture import SOFTMAX, Captured, capture
from alexnet_core.models import library, variants, weight_fit
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

POSITIONS = 40
"""Random positions in each layer, beside the corners."""

SHIPPED = "bundled:cifar10"

SMALL = AlexNetConfig(
    name="paper-small",
    input_size=99,
    num_classes=7,
    conv_channels=(8, 12, 10, 14, 12),
    hidden_sizes=(20, 16),
)
CONFIGS = {
    **{name: variants.get(name).config for name in variants.names()},
    "tanh": SMALL.replace(activation="tanh"),
    "response norm before the activation, over an even number of maps": SMALL.replace(
        norm_position="before_activation", norm_after=(1, 3, 5), lrn_size=4, lrn_alpha=0.5
    ),
    "response norm over more maps than there are": SMALL.replace(lrn_size=31, lrn_alpha=0.3),
    "padded pools, uneven average, norms in hidden layers": SMALL.replace(
        input_size=120,
        pool_padding=1,
        pool_after=(1, 3),
        adaptive_pool=3,
        norm="batch",
        norm_position="after_pool",
        norm_after=(1, 2, 3, 4, 5),
        hidden_norm="before_activation",
        dropout_position="before_linear",
    ),
    "a pool larger than its step, no norm, one tower": SMALL.replace(
        norm="none", norm_after=(), towers=1, pool_kernel=5, pool_stride=3, pool_padding=2
    ),
}


def network_of(config: AlexNetConfig) -> AlexNet:
    """A network with values of ordinary size everywhere, and nothing that is left at 0 or 1.

    Filled from a short row of numbers: drawing 60 million takes seconds.
    """
    random = np.random.default_rng(5)
    row = random.standard_normal(65_537).astype(np.float32)
    network = weight_fit.blank(config).to_empty(device="cpu").eval()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            numbers = torch.from_numpy(np.resize(np.roll(row, random.integers(999)), value.shape))
            layer = network.get_submodule(name.partition(".")[0])
            if name.endswith("running_var"):
                value.copy_(numbers.abs() + 0.3)
            elif name.endswith("weight") and isinstance(layer, nn.Conv2d | nn.Linear):
                value.copy_(numbers * math.sqrt(2 / value[0].numel()))
            elif value.is_floating_point():
                value.copy_(numbers * 0.5)
    return network


def run(network: AlexNet) -> Captured:
    """One forward pass of random pixels."""
    config = network.config
    model = LoadedModel(
        reference="made for a test",
        network=network,
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=tuple(map(str, range(config.num_classes))),
        card=None,
    )
    side = config.input_size
    return capture(model, np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8))


def pass_through(config: AlexNetConfig) -> tuple[AlexNet, Captured]:
    """A network and one forward pass through it."""
    network = network_of(config)
    return network, run(network)


@pytest.fixture(scope="module", params=[*CONFIGS, SHIPPED])
def passed(request: pytest.FixtureRequest) -> tuple[AlexNet, Captured]:
    if request.param == SHIPPED:
        network = library.load(SHIPPED).network
        return network, run(network)
    return pass_through(CONFIGS[request.param])


@pytest.fixture(scope="module")
def small() -> tuple[AlexNet, Captured]:
    return pass_through(SMALL)


def places(shape: tuple[int, ...], random: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """The first and the last position, both other corners of maps, and random ones."""
    last = tuple(side - 1 for side in shape)
    yield (0,) * len(shape)
    yield last
    if len(shape) == 3:
        yield (0, last[1], 0)
        yield (last[0], 0, last[2])
    for _ in range(POSITIONS):
        yield tuple(int(random.integers(side)) for side in shape)


def seen_in(given: NDArray[np.float32], made: Arithmetic) -> NDArray[np.float64]:
    """The window cut from the layer's input value by value; NaN past the edges."""
    cube = given if given.ndim == 3 else given[:, None, None]
    spans = [range(*span) for span in made.window]
    values = np.full([len(span) for span in spans], math.nan)
    for at in np.ndindex(values.shape):
        place = tuple(span[step] for span, step in zip(spans, at, strict=True))
        if all(0 <= step < side for step, side in zip(place, cube.shape, strict=True)):
            values[at] = cube[place]
    return values


def test_every_value_is_what_its_terms_make(
    passed: tuple[AlexNet, Captured], record_property: pytest.RecordProperty
) -> None:
    network, captured = passed
    random = np.random.default_rng(2)
    compared = 0

    for layer in [*captured.outputs, SOFTMAX]:
        for place in places(captured.output(layer).shape, random):
            made = explain(network, captured, layer, *place)
            there = captured.output(layer)[place]
            assert made.captured == there
            assert abs(made.result - there) < 1e-4, (layer, place)
            compared += 1

    assert compared > (len(captured.outputs) + 1) * POSITIONS
    record_property("positions", compared)
    print(f"{network.config.name}: {compared} positions compared")


def test_the_parts_fit_together_and_come_from_the_layers_input(
    passed: tuple[AlexNet, Captured],
) -> None:
    network, captured = passed
    random = np.random.default_rng(3)
    for layer in [*captured.outputs, SOFTMAX]:
        for place in list(places(captured.output(layer).shape, random))[:6]:
            made = explain(network, captured, layer, *place)
            assert made.inputs.shape == made.inside.shape == made.terms.shape
            assert made.formula
            if made.inputs.size < 2000:
                cut = seen_in(captured.into(layer), made).reshape(made.inputs.shape)
                assert np.array_equal(~np.isnan(cut), made.inside), (layer, place)
                assert np.array_equal(cut[made.inside], made.inputs[made.inside]), (layer, place)
            if made.weights is not None:
                assert np.array_equal(made.terms, made.inputs * made.weights)
            if made.kind == "max_pool":
                assert made.winner is not None
                assert made.inputs[made.winner] == made.result
                assert made.inside[made.winner]
            else:
                assert made.total == pytest.approx(made.terms.sum() + made.bias)


def test_padding_counts_as_zero_in_a_convolution_and_never_wins_a_pool() -> None:
    network, captured = pass_through(SMALL.replace(pool_padding=1, norm="none", norm_after=()))

    corner = explain(network, captured, "conv3", 0)
    assert corner.window.rows == corner.window.columns == (-1, 2)
    assert np.array_equal(corner.inside[0], [[False] * 3, [False, True, True], [False, True, True]])
    assert not corner.inputs[~corner.inside].any()

    pooled = explain(network, captured, "pool1", 3)
    assert (pooled.inputs[~pooled.inside] == -math.inf).all()
    assert not pooled.inside.all()


def test_a_tower_sees_only_its_own_channels(small: tuple[AlexNet, Captured]) -> None:
    network, captured = small
    assert explain(network, captured, "conv2", 5).window.channels == (0, 4)
    assert explain(network, captured, "conv2", 6).window.channels == (4, 8)
    assert explain(network, captured, "conv3", 6).window.channels == (0, 12)


def test_response_norm_shows_the_papers_own_alpha(small: tuple[AlexNet, Captured]) -> None:
    made = explain(*small, "norm1", 4, 2, 3)
    steps = dict(made.steps)
    assert steps["alpha"] == pytest.approx(1e-4)
    assert made.window.channels == (2, 7)
    assert steps["k + alpha × sum"] == pytest.approx(2 + 1e-4 * made.total)


def test_batch_norm_names_what_its_weight_and_bias_are_made_of() -> None:
    network, captured = pass_through(SMALL.replace(norm="batch"))
    made = explain(network, captured, "norm2", 1, 2, 3)
    steps = dict(made.steps)
    assert steps["normalised"] * steps["gamma"] + steps["beta"] == pytest.approx(made.result)
    deviation = math.sqrt(steps["variance"] + steps["epsilon"])
    assert (made.inputs[0] - steps["mean"]) / deviation == pytest.approx(steps["normalised"])


def test_a_flattened_value_says_where_it_came_from(small: tuple[AlexNet, Captured]) -> None:
    network, captured = small
    assert captured.into("flatten").shape == (12, 2, 2)
    made = explain(network, captured, "flatten", 5 * 4 + 3)
    assert made.window == ((5, 6), (1, 2), (1, 2))
    assert made.result == captured.into("flatten")[5, 1, 1]


def test_softmax_stays_finite_where_exponentials_would_not() -> None:
    network = network_of(SMALL)
    with torch.no_grad():
        network.get_submodule("fc8").get_parameter("bias").add_(torch.arange(7) * 1000)
    made = explain(network, run(network), SOFTMAX, 6)
    assert made.kind == "softmax"
    assert made.inputs[6] > 5000
    assert made.result == pytest.approx(1)


def test_where_a_network_broke_the_terms_show_it() -> None:
    network = network_of(SMALL)
    with torch.no_grad():
        network.get_submodule("conv2").get_parameter("weight")[3] = math.inf
    captured = run(network)
    for layer in [*captured.outputs, SOFTMAX]:
        for channel in (0, 3):
            made = explain(network, captured, layer, channel)
            assert made.result == pytest.approx(made.captured, rel=1e-4, abs=1e-4, nan_ok=True)
    assert not math.isfinite(explain(network, captured, "conv2", 3).result)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (("conv2", 12), "channel is 12; allowed: 0 to 11, as conv2 has."),
        (("conv2", -1), "channel is -1; allowed: 0 to 11, as conv2 has."),
        (("conv2", 0, 11), "row is 11; allowed: 0 to 10, as conv2 has."),
        (("conv2", 0, 0, 11), "column is 11; allowed: 0 to 10, as conv2 has."),
        (("fc6", 20), "unit is 20; allowed: 0 to 19, as fc6 has."),
        (("fc6", 0, 1), "row is 1; allowed: 0 to 0, as fc6 has."),
        ((SOFTMAX, 7), "unit is 7; allowed: 0 to 6, as softmax has."),
    ],
)
def test_a_place_outside_is_refused(
    place: tuple[str, int], message: str, small: tuple[AlexNet, Captured]
) -> None:
    with pytest.raises(ConfigError) as refused:
        explain(*small, *place)
    assert str(refused.value) == message


def test_a_layer_that_is_not_there_is_refused(small: tuple[AlexNet, Captured]) -> None:
    with pytest.raises(UnknownNameError, match=r"layer is 'conv9'.*conv1.*softmax"):
        explain(*small, "conv9", 0)
