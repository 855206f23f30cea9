"""The named networks of the family, each with its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alexnet_core.errors import UnknownNameError
from alexnet_core.models.config import AlexNetConfig


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A named config of the family."""

    config: AlexNetConfig
    source: str
    """Where the network comes from."""
    note: str
    """What sets it apart, in one sentence."""


def _alexnet_2012() -> AlexNetConfig:
    return AlexNetConfig(name="alexnet-2012")


def _alexnet_owt() -> AlexNetConfig:
    return AlexNetConfig(
        name="alexnet-owt",
        input_size=224,
        conv_channels=(64, 192, 384, 256, 256),
        conv_paddings=(2, 2, 1, 1, 1),
        towers=1,
        norm="none",
        norm_after=(),
        adaptive_pool=6,
        dropout_position="before_linear",
        initialisation="torch",
    )


def _alexnet_flowers17() -> AlexNetConfig:
    return AlexNetConfig(
        name="alexnet-flowers17",
        input_size=224,
        num_classes=17,
        conv_kernels=(11, 11, 3, 3, 3),
        conv_paddings=(0, 0, 0, 0, 0),
        towers=1,
        pool_kernel=2,
        norm="none",
        norm_after=(),
        hidden_sizes=(4096, 4096, 1000),
        dropout=0.4,
        initialisation="glorot",
    )


def _alexnet_gfg() -> AlexNetConfig:
    return _alexnet_flowers17().replace(
        name="alexnet-gfg",
        num_classes=1000,
        norm="batch",
        norm_after=(1, 2, 3, 4, 5),
        norm_position="after_pool",
        hidden_sizes=(4096, 4096),
        hidden_norm="after_dropout",
        batch_norm_eps=1e-3,
        batch_norm_momentum=0.01,
    )


def _alexnet_cifar() -> AlexNetConfig:
    return AlexNetConfig(
        name="alexnet-cifar",
        input_size=32,
        num_classes=10,
        # The widths of one of the two towers of 2012.
        conv_channels=(48, 128, 192, 192, 128),
        conv_kernels=(5, 3, 3, 3, 3),
        conv_strides=(1, 1, 1, 1, 1),
        conv_paddings=(2, 1, 1, 1, 1),
        towers=1,
        norm="batch",
        norm_after=(1, 2, 3, 4, 5),
        norm_position="before_activation",
        hidden_sizes=(1024, 512),
        initialisation="he",
    )


_VARIANTS: dict[str, tuple[Callable[[], AlexNetConfig], str, str]] = {
    "alexnet-2012": (
        _alexnet_2012,
        "Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural "
        "Networks, 2012",
        "The network of the paper: two towers, local response normalisation, overlapping pools.",
    ),
    "alexnet-owt": (
        _alexnet_owt,
        "Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014, "
        "as torchvision builds it",
        "One tower, no normalisation; takes torchvision's ImageNet weights.",
    ),
    "alexnet-gfg": (
        _alexnet_gfg,
        "GeeksforGeeks: ML | Getting Started With AlexNet, Keras listing of 2020",
        "Every layer unpadded, conv2 of 11x11, batch norm after each block.",
    ),
    "alexnet-flowers17": (
        _alexnet_flowers17,
        "AI Pool and engmrk: AlexNet Implementation Using Keras, for 17 flowers",
        "As alexnet-gfg without batch norm, and with a third hidden layer.",
    ),
    "alexnet-cifar": (
        _alexnet_cifar,
        "GeeksforGeeks: ML | Getting Started With AlexNet, 2026, adapted to 32x32",
        "For 32-pixel pictures: one tower's widths, stride 1, batch norm, smaller hidden layers.",
    ),
}


def names() -> tuple[str, ...]:
    """The names of all variants."""
    return tuple(_VARIANTS)


def get(name: str, /, **changes: Any) -> Variant:
    """The variant of that name, with some fields changed, such as ``num_classes=17``.

    Raises:
        UnknownNameError: no variant has that name.
        ConfigError: a change is not allowed.
    """
    if name not in _VARIANTS:
        raise UnknownNameError("variant", name, _VARIANTS)
    make, source, note = _VARIANTS[name]
    config = make()
    config = config.replace(**changes) if changes else config
    return Variant(config=config, source=source, note=note)
