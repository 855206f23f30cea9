from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection.backtrace import WEIGHTED, Unit, source, strongest
from alexnet_core.inspection.capture import SOFTMAX, Captured, capture
from alexnet_core.inspection.contributions import INPUT, above, below
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

TOWERS = AlexNetConfig(
    input_size=99,
    num_classes=7,
    conv_channels=(8, 12, 10, 14, 12),
    hidden_sizes=(20, 16),
    initialisation="he",
)
CONFIGS = {
    "two towers": TOWERS,
    "averaged, dropout first": TOWERS.replace(
        norm="none", norm_after=(), adaptive_pool=3, dropout_position="before_linear"
    ),
    "batch norm": TOWERS.replace(
        towers=1, norm="batch", norm_position="after_pool", hidden_norm="after_dropout"
    ),
}
Passed = tuple[AlexNet, Captured]


def pass_through(config: AlexNetConfig, seed: int = 0) -> Passed:
    network = build(config, seed).eval()
    with torch.no_grad():
        for layer in network.children():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.normal_(layer.bias, std=0.3, generator=torch.Generator().manual_seed(1))
    model = LoadedModel(
        reference="made for a test",
        network=network,
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=tuple("abcdefg"),
        card=None,
    )
    side = config.input_size
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    return network, capture(model, pixels)


@pytest.fixture(scope="module", params=CONFIGS)
def passed(request: pytest.FixtureRequest) -> Passed:
    return pass_through(CONFIGS[request.param])


@pytest.fixture(scope="module")
def towers() -> Passed:
    return pass_through(TOWERS)


def layer_alone(passed: Passed, layer: str, muted: int | None = None) -> np.ndarray:
    """What a layer gives for its own input, one of whose channels may be muted."""
    network, captured = passed
    given = torch.from_numpy(captured.into(layer).copy())
    if muted is not None:
        given[muted] = 0
    with torch.inference_mode():
        return network.get_submodule(layer)(given[None])[0].numpy()


def test_the_parts_and_the_bias_are_the_value_in_every_layer(passed: Passed) -> None:
    network, captured = passed
    random = np.random.default_rng(1)
    for layer in [*captured.outputs, SOFTMAX]:
        shape = captured.output(layer).shape
        for _ in range(6):
            unit, *place = (int(random.integers(side)) for side in shape)
            found = below(network, captured, layer, unit, *place)
            kind = next(s.kind for s in network.config.layers() if s.name == found.at.layer)
            assert kind in WEIGHTED
            values = captured.outputs[found.at.layer]
            gave = values[tuple(found.at[1 : 1 + values.ndim])]
            assert found.value == pytest.approx(gave, abs=1e-4)
            total = sum(part.value for part in found.parts) + found.bias
            assert total == pytest.approx(found.value, abs=1e-9)
            sizes = [abs(part.value) for part in found.parts]
            assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3", "fc7"])
def test_a_part_is_what_is_lost_without_its_channel(layer: str, passed: Passed) -> None:
    network, captured = passed
    unit = 9 if layer != "conv1" else 3
    place = (1, 2) if layer.startswith("conv") else ()
    found = below(network, captured, layer, unit, *place)
    whole = layer_alone(passed, layer)
    for part in found.parts[:5]:
        lost = (whole - layer_alone(passed, layer, part.channel))[(unit, *place)]
        assert part.value == pytest.approx(lost, abs=1e-4)


def test_after_the_flattening_the_parts_are_whole_maps(passed: Passed) -> None:
    network, captured = passed
    found = below(network, captured, "fc6", 4)
    assert found.layer_below == ("avgpool" if network.config.adaptive_pool else "pool5")
    assert len(found.parts) == 12
    weight = network.get_submodule("fc6").get_parameter("weight")[4].detach().numpy()
    maps = captured.outputs[found.layer_below]
    terms = weight.reshape(maps.shape) * maps
    best = found.parts[0]
    assert best.value == pytest.approx(terms[best.channel].sum(), abs=1e-5)
    sizes = np.abs(terms[best.channel])
    assert sizes[best.row, best.column] == sizes.max()


def test_a_part_says_where_its_channel_does_most(towers: Passed) -> None:
    network, captured = towers
    found = below(network, captured, "conv3", 2, 0, 0)
    assert found.layer_below == "pool2"
    weight = network.get_submodule("conv3").get_parameter("weight")[2].detach().numpy()
    for part in found.parts:
        window = captured.outputs["pool2"][part.channel, :2, :2]
        terms = np.abs(weight[part.channel, 1:, 1:] * window)
        assert terms[part.row, part.column] == terms.max()


def test_a_channel_that_adds_nothing_lies_in_the_picture_all_the_same(towers: Passed) -> None:
    network, captured = towers
    silent = dict(captured.outputs)
    silent["pool2"] = np.zeros_like(silent["pool2"])
    dark = Captured(**(vars(captured) | {"outputs": silent}))
    found = below(network, dark, "conv3", 2, 0, 0)
    assert {(part.value, part.row, part.column) for part in found.parts} == {(0, 0, 0)}
    assert found.value == found.bias


def test_a_tower_hears_only_its_own_channels(towers: Passed) -> None:
    lower, upper = (below(*towers, "conv4", unit) for unit in (0, 13))
    assert {part.channel for part in lower.parts} == set(range(5))
    assert {part.channel for part in upper.parts} == set(range(5, 10))
    assert {part.channel for part in above(*towers, "conv3", 7).parts} == set(range(7, 14))


def test_a_value_is_followed_through_pools_to_the_one_that_won() -> None:
    network, captured = pass_through(CONFIGS["averaged, dropout first"])
    pooled = captured.outputs["pool2"]
    for channel in range(12):
        found = source(network, captured, Unit("pool2", channel, 2, 3))
        assert found.layer == "conv2"
        won = captured.outputs["conv2"][found.channel, found.row, found.column]
        assert max(won, 0) == pytest.approx(pooled[channel, 2, 3], abs=1e-6)
        assert 4 <= found.row <= 6
        assert 6 <= found.column <= 8


def test_without_a_place_it_is_where_the_channel_is_strongest(towers: Passed) -> None:
    network, captured = towers
    values = captured.outputs["relu3"][4]
    assert values.max() > 0
    found = below(network, captured, "relu3", 4).at
    assert captured.outputs["conv3"][4, found.row, found.column] == values.max()


def test_of_a_silent_channel_it_is_where_it_came_closest() -> None:
    network, captured = pass_through(TOWERS)
    with torch.no_grad():
        network.get_submodule("conv3").get_parameter("bias")[4] = -100
    silent = dict(captured.outputs)
    silent["conv3"] = captured.outputs["conv3"].copy()
    silent["conv3"][4] = -1
    silent["conv3"][4, 3, 2] = -0.5
    silent["relu3"] = np.maximum(silent["conv3"], 0)
    captured = Captured(**(vars(captured) | {"outputs": silent}))
    assert strongest(network, captured, "relu3", 4) == ("conv3", 4, 3, 2)


def test_one_can_walk_from_a_class_down_to_the_picture(passed: Passed) -> None:
    network, captured = passed
    walked, layer, at = [], SOFTMAX, (3,)
    while layer != INPUT:
        found = below(network, captured, layer, *at)
        walked.append(found.at.layer)
        best = found.parts[0]
        layer = found.layer_below
        at = (best.channel, best.row, best.column)
    assert walked == ["fc8", "fc7", "fc6", "conv5", "conv4", "conv3", "conv2", "conv1"]
    assert at[0] in range(3)


def test_dropout_is_no_step_of_the_walk(towers: Passed) -> None:
    assert below(*towers, "fc8", 0).layer_below == "relu7"


@pytest.mark.parametrize(
    ("layer", "above_it"),
    [("conv2", "conv3"), ("relu1", "conv2"), ("pool5", "fc6"), ("conv5", "fc6"), ("relu6", "fc7")],
)
def test_a_channel_feeds_what_would_change_without_it(
    layer: str, above_it: str, passed: Passed
) -> None:
    network, captured = passed
    unit = 7
    found = above(network, captured, layer, unit)
    assert found.layer_above == above_it
    if above_it == "fc6":
        size = captured.into("flatten")[0].size
        whole, lost = layer_alone(passed, "fc6"), 0
        for place in range(unit * size, (unit + 1) * size):
            lost = lost + (whole - layer_alone(passed, "fc6", place))
    else:
        lost = layer_alone(passed, above_it) - layer_alone(passed, above_it, unit)
    lost = lost if lost.ndim == 3 else lost[:, None, None]
    for part in found.parts:
        assert part.value == pytest.approx(lost[part.channel, part.row, part.column], abs=1e-4)
        assert abs(part.value) == pytest.approx(np.abs(lost[part.channel]).max(), abs=1e-4)


def test_a_single_feature_feeds_what_would_change_without_it(passed: Passed) -> None:
    network, captured = passed
    found = above(network, captured, "flatten", 13)
    lost = layer_alone(passed, "fc6") - layer_alone(passed, "fc6", 13)
    for part in found.parts:
        assert part.value == pytest.approx(lost[part.channel], abs=1e-4)


@pytest.mark.parametrize("layer", ["fc8", SOFTMAX])
def test_the_last_layer_feeds_no_other(layer: str, towers: Passed) -> None:
    found = above(*towers, layer, 2)
    assert (found.layer_above, found.parts) == ("", ())


@pytest.mark.parametrize("layer", [SOFTMAX, "fc8", "fc6"])
def test_a_contrast_is_the_difference_of_two_sums(layer: str, passed: Passed) -> None:
    one, other = (below(*passed, layer, unit) for unit in (2, 5))
    found = below(*passed, layer, 2, against=5)
    assert (found.at, found.against) == (one.at, other.at)
    assert found.layer_below == one.layer_below
    assert found.value == pytest.approx(one.value - other.value, abs=1e-9)
    assert found.bias == pytest.approx(one.bias - other.bias, abs=1e-9)
    mine, theirs = ({part.channel: part.value for part in made.parts} for made in (one, other))
    for part in found.parts:
        assert part.value == pytest.approx(mine[part.channel] - theirs[part.channel], abs=1e-9)
    assert sum(part.value for part in found.parts) + found.bias == pytest.approx(found.value)
    sizes = [abs(part.value) for part in found.parts]
    assert sizes == sorted(sizes, reverse=True)
    logits = passed[1].outputs[found.at.layer]
    assert found.value == pytest.approx(float(logits[2]) - float(logits[5]), abs=1e-4)


def test_a_contrast_needs_two_units_that_hear_the_same(towers: Passed) -> None:
    with pytest.raises(ConfigError, match="against is 3; allowed: another unit of fc8 than 3"):
        below(*towers, SOFTMAX, 3, against=3)
    with pytest.raises(ConfigError, match=r"unit is 7; allowed: 0 to 6, as fc8 has\."):
        below(*towers, "fc8", 3, against=7)
    with pytest.raises(ConfigError, match=r"against is 2; allowed: none, as conv3 has maps\."):
        below(*towers, "conv3", 3, against=2)


def test_what_is_not_there_is_refused(towers: Passed) -> None:
    for ask in (below, above):
        with pytest.raises(UnknownNameError, match="layer is 'conv7'"):
            ask(*towers, "conv7", 0)
        with pytest.raises(ConfigError, match=r"channel is 10; allowed: 0 to 9, as relu3 has\."):
            ask(*towers, "relu3", 10)
        with pytest.raises(ConfigError, match=r"unit is -1; allowed: 0 to 15, as fc7 has\."):
            ask(*towers, "fc7", -1)
    with pytest.raises(ConfigError, match=r"row is 5; allowed: 0 to 4, as conv3 has\."):
        below(*towers, "conv3", 0, 5, 0)
