from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from alexnet_core.models import variants
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.config import AlexNetConfig

WIDE = {"input_size": 67, "conv_channels": (32, 64, 64, 64, 32), "hidden_sizes": (300, 200)}


def conv(network: AlexNet, number: int) -> nn.Conv2d:
    layer = network.get_submodule(f"conv{number}")
    assert isinstance(layer, nn.Conv2d)
    return layer


def paper_lrn(maps: Tensor, n: int, k: float, alpha: float, beta: float) -> Tensor:
    """Section 3.3 of the paper, sum by sum: b_i = a_i / (k + alpha * sum_j a_j ** 2) ** beta."""
    result = torch.empty_like(maps)
    count = maps.shape[1]
    for i in range(count):
        first, last = max(0, i - n // 2), min(count - 1, i + n // 2)
        squares = sum(maps[:, j] ** 2 for j in range(first, last + 1))
        result[:, i] = maps[:, i] / (k + alpha * squares) ** beta
    return result


@pytest.mark.parametrize(("n", "k", "alpha", "beta"), [(5, 2.0, 1e-4, 0.75), (3, 1.0, 0.5, 0.6)])
def test_lrn_is_the_papers_formula(n: int, k: float, alpha: float, beta: float) -> None:
    config = AlexNetConfig(**WIDE, lrn_size=n, lrn_k=k, lrn_alpha=alpha, lrn_beta=beta)
    layer = build(config).get_submodule("norm1")
    # Large responses, so that alpha counts: at a mean square of 1 it is lost in k.
    maps = torch.randn(2, 11, 3, 4, generator=torch.manual_seed(0), dtype=torch.float64) * 60

    torch.testing.assert_close(layer(maps), paper_lrn(maps, n, k, alpha, beta))


def test_first_weights_of_2012_are_normal_with_a_hundredth_and_its_biases_are_1() -> None:
    network = build(AlexNetConfig(**WIDE, initialisation="paper-2012"), seed=1)

    for name, layer in network.named_children():
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        count = layer.weight.numel()
        assert layer.weight.std().item() == pytest.approx(0.01, rel=4 / math.sqrt(2 * count)), name
        assert abs(layer.weight.mean().item()) < 4 * 0.01 / math.sqrt(count), name
        # A normal has 4.55 % beyond two standard deviations, a uniform none.
        assert (layer.weight.abs() > 0.02).float().mean().item() == pytest.approx(0.0455, abs=0.02)
        ones = {"conv2", "conv4", "conv5", "fc6", "fc7"}
        assert layer.bias.unique().tolist() == [1.0 if name in ones else 0.0], name


def test_glorot_weights_are_uniform_within_its_bound_and_biases_0() -> None:
    network = build(AlexNetConfig(**WIDE, towers=1, initialisation="glorot"), seed=1)

    for name, layer in network.named_children():
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        field = layer.weight[0, 0].numel() if layer.weight.dim() == 4 else 1
        bound = math.sqrt(6 / (field * (layer.weight.shape[0] + layer.weight.shape[1])))
        assert layer.weight.abs().max().item() <= bound * (1 + 1e-6), name
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.05), name
        assert not layer.bias.any()


@pytest.mark.parametrize(("activation", "gain"), [("relu", math.sqrt(2)), ("tanh", 5 / 3)])
def test_he_weights_have_the_spread_of_their_fan_in(activation: str, gain: float) -> None:
    config = AlexNetConfig(**WIDE, initialisation="he", activation=activation)

    for name, layer in build(config, seed=1).named_children():
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        expected = gain / math.sqrt(layer.weight[0].numel())
        assert layer.weight.std().item() == pytest.approx(expected, rel=0.05), name
        assert not layer.bias.any()


def test_torchs_own_start_is_left_alone() -> None:
    config = AlexNetConfig(**WIDE, initialisation="torch")
    network = build(config, seed=3)
    torch.manual_seed(3)

    assert torch.equal(conv(network, 1).weight, AlexNet(config).get_parameter("conv1.weight"))


def test_a_seed_gives_the_same_weights_and_leaves_torchs_random_state_alone(
    tiny: AlexNetConfig,
) -> None:
    before = torch.get_rng_state()
    first, second, other = build(tiny, 5), build(tiny, 5), build(tiny, 6)

    assert torch.equal(torch.get_rng_state(), before)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not torch.equal(conv(first, 1).weight, conv(other, 1).weight)


@pytest.mark.parametrize("name", variants.names())
def test_children_are_the_layers_in_order_and_compute_what_the_config_says(name: str) -> None:
    thin = variants.get(name, conv_channels=(4, 6, 8, 6, 4), hidden_sizes=(7, 5)).config
    network = build(thin).eval()
    seen: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    for child, layer in network.named_children():
        layer.register_forward_hook(
            lambda _layer, given, out, child=child: seen.append(
                (child, tuple(given[0].shape[1:]), tuple(out.shape[1:]))
            )
        )

    with torch.inference_mode():
        network(torch.zeros(2, 3, thin.input_size, thin.input_size))

    assert seen == [(spec.name, spec.in_shape, spec.out_shape) for spec in thin.layers()]


@pytest.mark.parametrize("name", variants.names())
def test_a_hook_still_sees_what_the_layer_computed_after_the_pass_is_over(name: str) -> None:
    thin = variants.get(name, conv_channels=(4, 6, 8, 6, 4), hidden_sizes=(7, 5)).config
    network = build(thin.replace(initialisation="torch"), seed=0)
    kept: dict[str, tuple[Tensor, Tensor]] = {}
    for child, layer in network.named_children():
        layer.register_forward_hook(
            lambda _layer, _given, out, child=child: kept.update({child: (out, out.clone())})
        )

    network(torch.randn(4, 3, thin.input_size, thin.input_size))

    changed = [child for child, (out, then) in kept.items() if not torch.equal(out, then)]
    assert changed == []
    assert (kept["conv1"][0] < 0).any(), "what ReLU cuts off must still be there"
    assert not any(getattr(layer, "inplace", False) for layer in network.modules())


def test_the_halves_of_two_towers_do_not_see_each_other() -> None:
    network = build(AlexNetConfig(**WIDE, norm="none", norm_after=()), seed=0)
    maps = torch.randn(1, 32, 9, 9)
    other = maps.clone()
    other[:, 16:] += 1

    before, after = conv(network, 2)(maps), conv(network, 2)(other)

    assert torch.equal(before[:, :32], after[:, :32])
    assert not torch.equal(before[:, 32:], after[:, 32:])
    assert [conv(network, number).groups for number in range(1, 6)] == [1, 2, 1, 2, 2]


SWITCHES: list[tuple[dict[str, Any], type[nn.Module], int]] = [
    ({"activation": "relu"}, nn.ReLU, 7),
    ({"activation": "tanh"}, nn.Tanh, 7),
    ({"activation": "tanh"}, nn.ReLU, 0),
    ({"norm": "lrn"}, nn.LocalResponseNorm, 2),
    ({"norm": "lrn", "norm_after": (1, 2, 5)}, nn.LocalResponseNorm, 3),
    ({"norm": "none"}, nn.LocalResponseNorm, 0),
    ({"norm": "batch"}, nn.BatchNorm2d, 2),
    ({"norm": "batch"}, nn.LocalResponseNorm, 0),
    ({"hidden_norm": "before_activation"}, nn.BatchNorm1d, 2),
    ({"hidden_norm": "after_dropout"}, nn.BatchNorm1d, 2),
    ({"towers": 1}, nn.Conv2d, 5),
    ({"hidden_sizes": (9,)}, nn.Linear, 2),
    ({"hidden_sizes": (9, 8, 7, 6)}, nn.Linear, 5),
    ({"dropout": 0.0}, nn.Dropout, 2),
    ({"pool_after": ()}, nn.MaxPool2d, 0),
    ({"pool_after": (1, 3)}, nn.MaxPool2d, 2),
    ({"adaptive_pool": 3}, nn.AdaptiveAvgPool2d, 1),
    ({"in_channels": 1}, nn.Conv2d, 5),
]


@pytest.mark.parametrize(("changes", "kind", "count"), SWITCHES)
def test_every_switch_changes_the_layers_and_the_network_still_learns(
    changes: dict[str, Any], kind: type[nn.Module], count: int
) -> None:
    config = AlexNetConfig(
        **{"input_size": 95, "conv_channels": (4, 6, 8, 6, 4), "hidden_sizes": (9, 8), **changes},
        num_classes=5,
    )
    network = build(config, seed=0)

    assert sum(isinstance(layer, kind) for layer in network.children()) == count
    network(torch.randn(3, config.in_channels, 95, 95)).square().sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


@pytest.mark.parametrize(
    ("position", "order"),
    [
        ("before_activation", "conv1 norm1 relu1 pool1 conv2"),
        ("after_activation", "conv1 relu1 norm1 pool1 conv2"),
        ("after_pool", "conv1 relu1 pool1 norm1 conv2"),
    ],
)
def test_the_norm_stands_where_it_is_told(position: str, order: str) -> None:
    config = AlexNetConfig(**WIDE, norm_position=position)

    assert " ".join(name for name, _ in list(build(config).named_children())[:5]) == order


@pytest.mark.parametrize(
    ("position", "order"),
    [("before_linear", "drop6 fc6 relu6 drop7"), ("after_activation", "fc6 relu6 drop6 fc7")],
)
def test_the_dropout_stands_where_it_is_told(position: str, order: str) -> None:
    names = [
        name for name, _ in build(AlexNetConfig(**WIDE, dropout_position=position)).named_children()
    ]
    after = names.index("flatten") + 1

    assert " ".join(names[after : after + 4]) == order


def test_a_tanh_layer_is_called_tanh() -> None:
    names = [name for name, _ in build(AlexNetConfig(**WIDE, activation="tanh")).named_children()]

    assert names[1] == "tanh1"
    assert "tanh6" in names


def test_plain_pooling_windows_do_not_overlap() -> None:
    network = build(AlexNetConfig(**WIDE, pool_kernel=2))
    pool = network.get_submodule("pool1")
    image = torch.arange(16.0).view(1, 1, 4, 4)

    assert pool(image).tolist() == [[[[5.0, 7.0], [13.0, 15.0]]]]


def test_dropout_is_silent_at_rate_0_and_when_evaluating(tiny: AlexNetConfig) -> None:
    images = torch.randn(4, 3, 32, 32)
    network = build(tiny.replace(dropout=0.0, norm="none"), seed=0)
    assert torch.equal(network(images), network(images))

    wild = build(tiny.replace(dropout=0.9, norm="none"), seed=0)
    assert not torch.equal(wild(images), wild(images))
    assert torch.equal(wild.eval()(images), network(images))


def test_batch_norm_takes_its_eps_and_momentum_from_the_config(tiny: AlexNetConfig) -> None:
    config = tiny.replace(
        batch_norm_eps=1e-3, batch_norm_momentum=0.01, hidden_norm="after_dropout"
    )
    norms = [layer for layer in build(config).children() if "norm" in type(layer).__name__.lower()]

    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.01)}
    assert len(norms) == 7


def test_two_threads_that_build_at_once_get_the_same_weights() -> None:
    config = AlexNetConfig(**WIDE)
    with ThreadPoolExecutor(4) as threads:
        built = list(threads.map(lambda _: build(config, seed=5), range(8)))
    first = built[0].state_dict()
    for network in built[1:]:
        for name, values in network.state_dict().items():
            assert torch.equal(values, first[name]), name


def test_response_norm_holds_under_float16_autocast() -> None:
    """Squares of 256 and more are infinite in float16, and the values over them were zero."""
    network = build(variants.get("alexnet-2012").config.replace(num_classes=4), seed=0)
    norm = network.get_submodule("norm1")
    values = torch.linspace(1, 3000, 96).view(1, 96, 1, 1)
    exact = norm(values)
    with torch.autocast("cpu", dtype=torch.float16):
        found = norm(values.half())
    assert torch.allclose(found, exact, rtol=1e-2)
    assert (found[values > 256] > 1).all()
