"""What a browser gets is enough to compute every number of a layer again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import MappingProxyType

import numpy as np
import pytest
import torch

from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection.arithmetic import window
from alexnet_core.inspection.arithmetic.value import explain
from alexnet_core.inspection.arithmetic.window import Window
from alexnet_core.inspection.capture import SOFTMAX, Captured, capture
from alexnet_core.models import library, variants, weight_fit
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

SMALL = AlexNetConfig(
    name="small",
    input_size=67,
    num_classes=7,
    conv_channels=(8, 12, 10, 14, 12),
    hidden_sizes=(20, 16),
    initialisation="he",
)
CONFIGS = {
    "two towers and response norm": SMALL.replace(lrn_alpha=0.3),
    "tanh and an even number of neighbours": SMALL.replace(
        activation="tanh", lrn_size=4, lrn_alpha=0.5
    ),
    "padded pools, uneven average, batch norm everywhere": SMALL.replace(
        input_size=99,
        towers=1,
        pool_padding=1,
        adaptive_pool=4,
        norm="batch",
        norm_after=(1, 2, 3, 4, 5),
        norm_position="after_pool",
        hidden_norm="before_activation",
        dropout_position="before_linear",
    ),
}


def loaded(config: AlexNetConfig) -> LoadedModel:
    network = build(config, seed=3).eval()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.endswith(("running_mean", "running_var", "bias")):
                value.copy_(torch.rand(value.shape) + 0.1)
    return LoadedModel(
        reference="test",
        network=network,
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=tuple(f"class {number}" for number in range(config.num_classes)),
        card=None,
    )


def seen(model: LoadedModel) -> Captured:
    size = model.config.input_size
    pixels = np.random.default_rng(7).integers(0, 256, (size, size, 3), dtype=np.uint8)
    return capture(model, pixels)


def nothing(config: AlexNetConfig) -> Captured:
    """What a pass would give, had it been made."""
    size = config.input_size
    outputs = {spec.name: np.zeros(spec.out_shape, np.float32) for spec in config.layers()}
    return Captured(
        config=config,
        pixels=np.zeros((size, size, 3), np.uint8),
        input=np.zeros((3, size, size), np.float32),
        outputs=MappingProxyType(outputs),
        probabilities=np.zeros(config.num_classes, np.float32),
    )


def blank(config: AlexNetConfig) -> AlexNet:
    """A network whose weights are whatever the memory held, for its shapes alone."""
    network = weight_fit.blank(config)
    assert isinstance(network, AlexNet)
    return network.to_empty(device="cpu")


def computed(found: Window, unit: int, row: int, column: int) -> float:
    """One number as the browser makes it, from nothing but what it got."""
    facts, arrays = found.facts, found.arrays
    match facts["kind"]:
        case "softmax":
            powers = np.exp(arrays["logits"].astype(np.float64))
            return float(powers[unit] / powers.sum())
        case "linear":
            terms = arrays["input"].astype(np.float64) * arrays["weights"]
            return float(terms.sum() + facts["rest"] + facts["bias"])
    if len(facts["outputShape"]) == 1:
        at = unit - facts["first"]
        constants = {name: values[at] for name, values in arrays.items()} | dict(facts)
        return changed(constants, float(arrays["input"][at]))
    box = [at - first for at, first in zip((row, column), facts["inputOrigin"], strict=True)]
    if facts["kind"] == "lrn":
        values = arrays["input"][:, box[0], box[1]].astype(np.float64)
        base = facts["k"] + facts["alpha"] * (values**2).sum()
        return float(values[facts["channels"].index(unit)] / base ** facts["beta"])
    if facts["kind"] in ("activation", "batch_norm"):
        return changed(facts, float(arrays["input"][0, box[0], box[1]]))
    if facts["kind"] == "adaptive_avg_pool":
        sides = zip((row, column), facts["inputShape"][1:], facts["outputShape"][1:], strict=True)
        spans = [(at * into // out, -(-(at + 1) * into // out)) for at, into, out in sides]
        (top, bottom), (left, right) = spans
        return float(arrays["input"][0, top:bottom, left:right].mean(dtype=np.float64))
    return slid(found, row, column)


def changed(constants: dict[str, object], value: float) -> float:
    match constants["kind"]:
        case "batch_norm":
            spread = (constants["variance"] + constants["eps"]) ** 0.5
            return (value - constants["mean"]) / spread * constants["gamma"] + constants["beta"]
        case "activation":
            return max(0.0, value) if constants["function"] == "relu" else float(np.tanh(value))
    return value


def slid(found: Window, row: int, column: int) -> float:
    facts, values = found.facts, found.arrays["input"]
    conv = facts["kind"] == "conv"
    kernel, stride, padding = facts["kernel"], facts["stride"], facts["padding"]
    best, total = -np.inf, facts.get("bias", 0.0)
    for down in range(kernel):
        for across in range(kernel):
            y = row * stride - padding + down - facts["inputOrigin"][0]
            x = column * stride - padding + across - facts["inputOrigin"][1]
            if not (0 <= y < values.shape[1] and 0 <= x < values.shape[2]):
                continue
            if conv:
                weights = found.arrays["weights"][:, down, across].astype(np.float64)
                total += float(weights @ values[:, y, x])
            else:
                best = max(best, float(values[0, y, x]))
    return total if conv else best


def sent(found: Window) -> Window:
    return window.unpack(found.packed())


def places(shape: tuple[int, ...], random: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """The first, the last, and some between them."""
    height, width = shape[1:] or (1, 1)
    yield 0, 0, 0
    yield shape[0] - 1, height - 1, width - 1
    for _ in range(4):
        yield tuple(int(random.integers(side)) for side in (shape[0], height, width))


@pytest.mark.parametrize("name", CONFIGS)
def test_every_number_can_be_made_again_from_what_is_sent(name: str) -> None:
    model = loaded(CONFIGS[name])
    found, random = seen(model), np.random.default_rng(1)
    for layer in (*found.outputs, SOFTMAX):
        for unit, row, column in places(found.output(layer).shape, random):
            got = sent(window.look(model.network, found, layer, unit))
            mine = computed(got, unit, row, column)
            said = explain(model.network, found, layer, unit, row, column)
            tolerance = 1e-4 * max(1.0, abs(said.result))
            assert abs(mine - said.result) < tolerance, (layer, unit, row, column)
            assert abs(mine - said.captured) < tolerance, (layer, unit, row, column)


def test_the_shipped_network_sends_its_own_numbers() -> None:
    model = library.load("bundled:cifar10")
    found = seen(model)
    got = sent(window.look(model.network, found, "conv2", 5))
    assert np.array_equal(got.arrays["input"], found.into("conv2"))
    assert np.array_equal(got.arrays["output"], found.outputs["conv2"][5])
    said = explain(model.network, found, "conv2", 5, 3, 4)
    assert said.weights is not None
    assert np.array_equal(got.arrays["weights"], said.weights.astype(np.float32))
    after = [later["layer"] for later in got.facts["after"]]
    assert np.array_equal(got.arrays["after0"], found.outputs[after[0]][5])
    first = sent(window.look(model.network, found, "conv1", 0))
    assert np.array_equal(first.arrays["pixels"], found.pixels)


@pytest.mark.parametrize("name", ["bundled", *variants.names()])
def test_no_layer_of_any_variant_takes_more_than_a_megabyte(name: str) -> None:
    config = (
        library.load("bundled:cifar10").config if name == "bundled" else variants.get(name).config
    )
    network, found = blank(config), nothing(config)
    for layer in (*found.outputs, SOFTMAX):
        got = window.look(network, found, layer, 0)
        assert len(got.packed(labels=["a class of some length"] * 1000)) <= window.BUDGET
        assert got.facts["whole"]


def test_of_a_larger_layer_comes_the_part_around_a_place() -> None:
    config = SMALL.replace(input_size=701, conv_kernels=(5, 5, 3, 3, 3), conv_strides=(1,) * 5)
    network, found = blank(config), nothing(config)
    numbers = np.arange(3 * 701 * 701, dtype=np.float32).reshape(3, 701, 701)
    found = Captured(**vars(found) | {"input": numbers})
    for place in ((0, 0), (350, 600), (696, 696)):
        got = window.look(network, found, "conv1", 2, place)
        assert len(got.packed()) <= window.BUDGET
        assert not got.facts["whole"]
        (top, left), (rows, columns) = got.facts["outputOrigin"], got.arrays["output"].shape
        assert top <= place[0] < top + rows
        assert left <= place[1] < left + columns
        assert rows > 150
        y, x = (at - first for at, first in zip(place, got.facts["inputOrigin"], strict=True))
        patch = got.arrays["input"][:, y : y + 5, x : x + 5]
        assert np.array_equal(patch, numbers[:, place[0] : place[0] + 5, place[1] : place[1] + 5])


def test_of_a_huge_row_come_the_strongest_products_and_the_sum_of_the_others() -> None:
    config = SMALL.replace(
        input_size=230,
        conv_channels=(2, 2, 2, 2, 4),
        conv_kernels=(3,) * 5,
        conv_strides=(1,) * 5,
        conv_paddings=(1,) * 5,
        towers=1,
        norm="none",
        norm_after=(),
        pool_after=(),
        hidden_sizes=(3,),
    )
    model = loaded(config)
    found = seen(model)
    features = found.outputs["flatten"].size
    assert features * 8 > window.BUDGET
    got = window.look(model.network, found, "fc6", 1)
    assert len(got.packed()) <= window.BUDGET
    assert not got.facts["whole"]
    assert got.arrays["index"].size < features
    assert computed(got, 1, 0, 0) == pytest.approx(float(found.outputs["fc6"][1]), abs=1e-4)
    for unit in (0, features // 2, features - 1):
        row = window.look(model.network, found, "flatten", unit)
        assert len(row.packed()) <= window.BUDGET
        assert row.arrays["output"][unit - row.facts["first"]] == found.outputs["flatten"][unit]


def test_a_window_that_never_fits_is_a_sentence() -> None:
    config = SMALL.replace(
        input_size=400,
        conv_kernels=(400, 1, 1, 1, 1),
        conv_strides=(1,) * 5,
        pool_after=(),
        norm="none",
        norm_after=(),
    )
    with pytest.raises(ConfigError, match="less than 1 MB"):
        window.look(blank(config), nothing(config), "conv1", 0)


def test_what_a_network_does_not_have_is_a_sentence() -> None:
    network, found = blank(SMALL), nothing(SMALL)
    with pytest.raises(UnknownNameError, match="conv1"):
        window.look(network, found, "conv9", 0)
    with pytest.raises(ConfigError, match="0 to 7 in conv1"):
        window.look(network, found, "conv1", 8)
    assert window.units(network, SOFTMAX) == 7
    with pytest.raises(ConfigError, match="0 to 6 in softmax"):
        window.look(network, found, SOFTMAX, 7)


def test_every_array_begins_where_a_browser_can_read_it() -> None:
    arrays = {"pixels": np.arange(5, dtype=np.uint8), "input": np.ones((2, 3), np.float32)}
    packed = Window(facts={"layer": "Müller"}, arrays=arrays).packed(name="é")
    length = int.from_bytes(packed[:4], "little")
    assert length % 4 == 0
    header = json.loads(packed[4 : 4 + length])
    assert [place["at"] % 4 for place in header["arrays"].values()] == [0, 0]
    got = window.unpack(packed)
    assert got.facts == {"layer": "Müller", "name": "é"}
    assert all(np.array_equal(got.arrays[name], values) for name, values in arrays.items())


def test_numbers_that_broke_are_sent_as_they_are() -> None:
    model = loaded(SMALL)
    with torch.no_grad():
        for name in ("conv1", "fc6"):
            model.network.get_parameter(f"{name}.bias").fill_(torch.nan)
    found = seen(model)
    got = sent(window.look(model.network, found, "conv1", 0))
    assert got.facts["bias"] is None
    assert np.isnan(got.arrays["output"]).all()
    assert sent(window.look(model.network, found, "fc6", 0)).facts["value"] is None
