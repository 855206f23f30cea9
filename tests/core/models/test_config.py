from __future__ import annotations

from typing import Any

import pytest
import torch

from alexnet_core.errors import ConfigError, ImpossibleShapeError, UnknownNameError
from alexnet_core.models import variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import LARGEST_INPUT, AlexNetConfig

THIN = {"conv_channels": (2, 4, 2, 4, 2), "hidden_sizes": (3,), "num_classes": 2}


def layer_names(name: str) -> str:
    return " ".join(spec.name for spec in variants.get(name).config.layers())


def test_the_layers_of_2012_stand_in_the_order_of_the_paper() -> None:
    assert layer_names("alexnet-2012") == (
        "conv1 relu1 norm1 pool1 conv2 relu2 norm2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 "
        "flatten fc6 relu6 drop6 fc7 relu7 drop7 fc8"
    )


def test_the_layers_of_owt_stand_in_torchvisions_order() -> None:
    assert layer_names("alexnet-owt") == (
        "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 "
        "avgpool flatten drop6 fc6 relu6 drop7 fc7 relu7 fc8"
    )


def test_the_layers_of_gfg_stand_in_the_order_of_the_listing() -> None:
    assert layer_names("alexnet-gfg") == (
        "conv1 relu1 pool1 norm1 conv2 relu2 pool2 norm2 conv3 relu3 norm3 conv4 relu4 norm4 "
        "conv5 relu5 pool5 norm5 flatten fc6 relu6 drop6 norm6 fc7 relu7 drop7 norm7 fc8"
    )


def test_the_layers_of_flowers17_are_those_of_gfg_without_norm_and_one_hidden_layer_more() -> None:
    assert layer_names("alexnet-flowers17") == (
        "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 "
        "flatten fc6 relu6 drop6 fc7 relu7 drop7 fc8 relu8 drop8 fc9"
    )


def test_an_8x8_picture_into_gfg_is_refused_with_the_layer_and_the_smallest_input() -> None:
    with pytest.raises(ImpossibleShapeError) as caught:
        variants.get("alexnet-gfg", input_size=8)

    assert caught.value.layer == "conv1"
    assert caught.value.smallest_input == 215
    assert str(caught.value) == (
        "input_size is 8; allowed: at least 215, because conv1 would have no pixels left."
    )


@pytest.mark.parametrize(
    ("size", "layer"), [(10, "conv1"), (20, "conv2"), (90, "conv2"), (103, "conv3"), (200, "pool5")]
)
def test_the_layer_that_has_no_pixels_left_is_named(size: int, layer: str) -> None:
    with pytest.raises(ImpossibleShapeError) as caught:
        variants.get("alexnet-gfg", input_size=size)

    assert caught.value.layer == layer


@pytest.mark.parametrize("name", variants.names())
def test_the_smallest_input_that_is_named_works_and_one_pixel_less_does_not(name: str) -> None:
    config = variants.get(name, **THIN).config
    with pytest.raises(ImpossibleShapeError) as caught:
        config.replace(input_size=1)
    smallest = caught.value.smallest_input

    network = build(config.replace(input_size=smallest)).eval()
    answer = network(torch.zeros(1, 3, smallest, smallest))

    assert answer.shape == (1, 2)
    with pytest.raises(ImpossibleShapeError):
        config.replace(input_size=smallest - 1)


def test_a_stack_that_no_input_survives_is_refused_without_naming_a_size() -> None:
    with pytest.raises(ConfigError, match=f"no size up to {LARGEST_INPUT}") as caught:
        AlexNetConfig(conv_strides=(16, 16, 16, 16, 16))

    assert not isinstance(caught.value, ImpossibleShapeError)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"input_size": 0}, "input_size is 0"),
        ({"input_size": 1025}, "input_size is 1025"),
        ({"num_classes": 1}, "num_classes is 1"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": -0.1}, "dropout is -0.1"),
        ({"dropout": float("nan")}, "dropout is nan"),
        ({"activation": "gelu"}, "activation is 'gelu'; allowed: 'relu' or 'tanh'"),
        ({"towers": 3}, "towers is 3; allowed: 1 or 2"),
        ({"conv_channels": (1, 2, 3)}, "conv_channels"),
        ({"conv_channels": (96, 256, 383, 384, 256)}, "even numbers where two towers split"),
        ({"conv_channels": (95, 256, 384, 384, 256)}, "conv1, conv2"),
        ({"conv_kernels": (0, 5, 3, 3, 3)}, "conv_kernels.0 is 0"),
        ({"hidden_sizes": ()}, "hidden_sizes is ()"),
        ({"pool_padding": 2}, "at most half of pool_kernel, which is 3"),
        ({"pool_after": (2, 1)}, "in rising order"),
        ({"norm_after": (1, 1)}, "each convolution once"),
        ({"norm_after": (6,)}, "norm_after.0 is 6"),
        ({"initialisation": "zeros"}, "initialisation is 'zeros'"),
        ({"lrn_size": 0}, "lrn_size is 0"),
        ({"in_channels": 0}, "in_channels is 0"),
        ({"widths": (1,)}, "widths is (1,); allowed: the fields name, input_size"),
    ],
)
def test_what_is_not_allowed_is_refused_by_field_value_and_what_is(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        AlexNetConfig(**fields)

    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


def test_odd_widths_are_fine_in_one_tower() -> None:
    config = AlexNetConfig(towers=1, conv_channels=(95, 255, 383, 383, 255))

    assert {spec.groups for spec in config.layers()} == {1}


def test_a_config_can_neither_be_changed_nor_given_by_position() -> None:
    config = AlexNetConfig()

    with pytest.raises(ValueError, match="frozen"):
        config.input_size = 100  # type: ignore[misc]
    with pytest.raises(TypeError):
        AlexNetConfig("alexnet-2012")  # type: ignore[call-arg]


def test_a_changed_copy_is_validated_anew() -> None:
    with pytest.raises(ConfigError, match="dropout is 2"):
        AlexNetConfig().replace(dropout=2)
    assert AlexNetConfig().replace(dropout=0.2).dropout == 0.2


@pytest.mark.parametrize("name", variants.names())
def test_json_gives_the_same_config_back(name: str) -> None:
    config = variants.get(name).config

    assert AlexNetConfig.from_json(config.to_json()) == config


def test_json_of_an_impossible_network_is_refused_too() -> None:
    text = (
        variants.get("alexnet-gfg").config.to_json().replace('"input_size": 224', '"input_size": 8')
    )

    with pytest.raises(ImpossibleShapeError):
        AlexNetConfig.from_json(text)


def test_every_field_says_what_it_is() -> None:
    silent = [name for name, field in AlexNetConfig.model_fields.items() if not field.description]

    assert silent == []


def test_a_layer_is_found_by_its_name_or_the_names_are_said():
    config = variants.get("alexnet-2012").config
    assert config.layer("pool5") == next(spec for spec in config.layers() if spec.name == "pool5")
    with pytest.raises(UnknownNameError, match=r"layer is 'pool3'; allowed: conv1, .*nearest: "):
        config.layer("pool3")
