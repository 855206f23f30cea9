from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_core.models import variants
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.anatomy import LayerAnatomy, describe
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.weight_fit import blank

ONE_MAP = {"conv_channels": (2, 2, 2, 2, 2), "hidden_sizes": (2,), "in_channels": 1}


def layers_of(config: AlexNetConfig) -> dict[str, LayerAnatomy]:
    return {layer.name: layer for layer in describe(config).layers}


def linearised(config: AlexNetConfig) -> AlexNet:
    """The same windows with weights of 1, so that a gradient is above 0 wherever a unit looks."""
    network = AlexNet(config).double()
    for name, layer in network.named_children():
        if isinstance(layer, nn.MaxPool2d):
            pool = nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding)
            setattr(network, name, pool)
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.ones_(layer.weight)
        elif not isinstance(layer, nn.AdaptiveAvgPool2d | nn.Flatten):
            setattr(network, name, nn.Identity())
    return network


def seen_by(unit: Tensor, image: Tensor) -> tuple[int, int]:
    """First and last column of the image that a unit depends on."""
    (gradient,) = torch.autograd.grad(unit, image, retain_graph=True)
    columns = gradient.abs().sum((0, 1, 2)).nonzero()
    return int(columns.min()), int(columns.max())


@pytest.mark.parametrize("name", variants.names())
def test_receptive_fields_and_strides_are_those_that_gradients_find(name: str) -> None:
    # A large picture, so that the field of a unit in the middle lies wholly inside.
    config = variants.get(name, **ONE_MAP, input_size=500, adaptive_pool=None).config
    known = layers_of(config)
    image = torch.ones(1, 1, 500, 500, dtype=torch.float64, requires_grad=True)
    values, checked = image, []

    for child, layer in linearised(config).named_children():
        values = layer(values)
        if known[child].kind not in ("conv", "max_pool"):
            continue
        middle = values.shape[-1] // 2
        first, last = seen_by(values[0, 0, middle, middle], image)
        before, _ = seen_by(values[0, 0, middle, middle - 1], image)
        assert last - first + 1 == known[child].receptive_field, child
        assert first - before == known[child].stride, child
        checked.append(child)

    assert checked == ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"]


@pytest.mark.parametrize("name", variants.names())
def test_a_dense_layer_sees_what_all_maps_see_together(name: str) -> None:
    config = variants.get(name, **ONE_MAP).config
    size = config.input_size
    image = torch.ones(1, 1, size, size, dtype=torch.float64, requires_grad=True)

    first, last = seen_by(linearised(config)(image)[0, 0], image)

    assert last - first + 1 == layers_of(config)["fc6"].receptive_field


@pytest.mark.parametrize("size", [63, 224, 300])
def test_an_adaptive_pool_sees_its_largest_window(size: int) -> None:
    config = variants.get("alexnet-owt", **ONE_MAP, input_size=size).config
    known = layers_of(config)
    side = known["pool5"].output_shape[1]
    maps = torch.ones(1, 1, side, side, requires_grad=True)
    pooled = nn.AdaptiveAvgPool2d(6)(maps)

    widths = [
        last - first + 1 for first, last in (seen_by(pooled[0, 0, 0, at], maps) for at in range(6))
    ]

    grown = known["avgpool"].receptive_field - known["pool5"].receptive_field
    assert grown == (max(widths) - 1) * known["pool5"].stride


def test_receptive_fields_of_torchvisions_layout() -> None:
    known = layers_of(variants.get("alexnet-owt").config)

    fields = [known[f"conv{number}"].receptive_field for number in range(1, 6)]
    assert fields == [11, 51, 99, 131, 163]


@pytest.mark.parametrize("name", variants.names())
def test_multiply_adds_are_half_of_torchs_flops_layer_by_layer(name: str) -> None:
    config = variants.get(name).config
    network = blank(config).eval()
    with FlopCounterMode(display=False, depth=None) as counter, torch.no_grad():
        network(torch.empty(1, 3, config.input_size, config.input_size, device="meta"))
    flops = counter.get_flop_counts()

    anatomy = describe(config)

    assert anatomy.macs * 2 == counter.get_total_flops()
    for layer in anatomy.layers:
        assert layer.macs * 2 == sum(flops.get(f"AlexNet.{layer.name}", {}).values()), layer.name


@pytest.mark.parametrize("name", variants.names())
def test_every_layer_is_counted_as_the_network_has_it(name: str) -> None:
    config = variants.get(name).config
    network = blank(config).eval()
    outputs: dict[str, Tensor] = {}
    for child, layer in network.named_children():
        layer.register_forward_hook(lambda _l, _i, out, child=child: outputs.update({child: out}))
    network(torch.empty(1, 3, config.input_size, config.input_size, device="meta"))

    anatomy = describe(config)

    assert [layer.name for layer in anatomy.layers] == list(outputs)
    for layer in anatomy.layers:
        module = network.get_submodule(layer.name)
        trained = sum(values.numel() for values in module.parameters())
        stored = trained + sum(
            values.numel() for key, values in module.named_buffers() if "running" in key
        )
        assert layer.output_shape == outputs[layer.name].shape[1:]
        assert (layer.trainable_parameters, layer.parameters) == (trained, stored)
        assert layer.activation_bytes == outputs[layer.name].nbytes
    assert anatomy.activation_bytes == sum(layer.activation_bytes for layer in anatomy.layers)


def test_two_towers_halve_the_work_of_their_convolutions() -> None:
    one = layers_of(AlexNetConfig(towers=1))
    two = layers_of(AlexNetConfig(towers=2))

    assert [one[f"conv{n}"].macs // two[f"conv{n}"].macs for n in range(1, 6)] == [1, 2, 1, 2, 2]
