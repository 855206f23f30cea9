"""From the picture up to one layer, and no further."""

from __future__ import annotations

from torch import Tensor

from alexnet_core.errors import UnknownNameError
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.layers import LayerSpec


def up_to(config: AlexNetConfig, layer: str) -> tuple[LayerSpec, ...]:
    """The layers from the first to this one, in forward order.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    specs = config.layers()
    names = [spec.name for spec in specs]
    if layer not in names:
        raise UnknownNameError("layer", layer, names)
    return specs[: names.index(layer) + 1]


def forward(network: AlexNet, images: Tensor, layer: str) -> Tensor:
    """What a layer gives for normalised images (N, C, S, S); no layer after it computes.

    Hold the model's lock around it.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    values = images
    for spec in up_to(network.config, layer):
        values = network.get_submodule(spec.name)(values)
    return values
