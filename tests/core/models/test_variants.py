from __future__ import annotations

import pytest

from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.models import variants
from alexnet_core.models.anatomy import describe
from alexnet_core.models.weight_fit import blank


@pytest.mark.parametrize(
    ("name", "classes", "parameters", "trainable"),
    [
        ("alexnet-2012", 1000, 60_965_224, 60_965_224),
        ("alexnet-owt", 1000, 61_100_840, 61_100_840),
        ("alexnet-gfg", 1000, 28_075_752, 28_056_616),
        ("alexnet-flowers17", 17, 28_054_497, 28_054_497),
    ],
)
def test_parameters_to_the_unit(name: str, classes: int, parameters: int, trainable: int) -> None:
    config = variants.get(name).config
    network = blank(config)
    running = sum(
        values.numel() for key, values in network.named_buffers() if not key.endswith("tracked")
    )

    assert config.num_classes == classes
    assert sum(values.numel() for values in network.parameters()) == trainable
    assert trainable + running == parameters
    anatomy = describe(config)
    assert (anatomy.parameters, anatomy.trainable_parameters) == (parameters, trainable)


def test_the_small_variant_has_a_few_million_parameters() -> None:
    assert 2_000_000 < describe(variants.get("alexnet-cifar").config).parameters < 8_000_000


@pytest.mark.parametrize(
    ("name", "size", "convs", "pools"),
    [
        ("alexnet-2012", 227, [55, 27, 13, 13, 13], [27, 13, 6]),
        ("alexnet-owt", 224, [55, 27, 13, 13, 13], [27, 13, 6]),
        ("alexnet-gfg", 224, [54, 17, 6, 4, 2], [27, 8, 1]),
        ("alexnet-flowers17", 224, [54, 17, 6, 4, 2], [27, 8, 1]),
    ],
)
def test_maps_have_the_sides_of_the_table(
    name: str, size: int, convs: list[int], pools: list[int]
) -> None:
    config = variants.get(name).config
    layers = config.layers()

    assert config.input_size == size
    assert [spec.out_shape[1] for spec in layers if spec.kind == "conv"] == convs
    assert [spec.out_shape[1] for spec in layers if spec.kind == "max_pool"] == pools


def test_fc6_holds_most_of_owt() -> None:
    layers = {layer.name: layer for layer in describe(variants.get("alexnet-owt").config).layers}

    assert layers["fc6"].parameters == 37_752_832


def test_the_small_variant_sees_32_pixels_through_overlapping_pools() -> None:
    config = variants.get("alexnet-cifar").config

    assert (config.input_size, config.pool_kernel, config.pool_stride) == (32, 3, 2)
    assert (config.norm, config.dropout) == ("batch", 0.5)


@pytest.mark.parametrize("name", variants.names())
def test_each_cites_its_source_and_carries_its_name(name: str) -> None:
    variant = variants.get(name)

    assert variant.config.name == name
    assert variant.source
    assert variant.note.endswith(".")


def test_fields_can_be_changed_on_the_way() -> None:
    assert variants.get("alexnet-2012", num_classes=17).config.num_classes == 17
    with pytest.raises(ConfigError, match="num_classes is 0"):
        variants.get("alexnet-2012", num_classes=0)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="nearest: alexnet-2012"):
        variants.get("alexnet-2013")
