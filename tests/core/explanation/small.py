"""A small network of each variant, and a picture for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from alexnet_core.data.transforms import Transform
from alexnet_core.models import variants
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.library import LoadedModel

# The smallest input that leaves the variant a pixel; gfg and flowers17 lose many without padding.
_SIDES = {"alexnet-2012": 99, "alexnet-owt": 96, "alexnet-cifar": 32}
_WIDTHS = (8, 12, 10, 10, 8)
_NARROW = (4, 6, 6, 6, 6)
"""Channels of the variants whose input has to stay large."""


def small(
    variant: str, change: Callable[[AlexNet], None] | None = None, **fields: Any
) -> LoadedModel:
    """The variant with few channels and all its switches; weights large enough to matter."""
    full = variants.get(variant).config
    hidden = (20, 16, 12)[: len(full.hidden_sizes)]
    side = _SIDES.get(variant, full.input_size)
    widths = _WIDTHS if variant in _SIDES else _NARROW
    own = {"input_size": side, "conv_channels": widths, "hidden_sizes": hidden, "num_classes": 5}
    if full.adaptive_pool:
        own["adaptive_pool"] = 2
    config = full.replace(**(own | {"initialisation": "he"} | fields))
    network = build(config, seed=1).eval()
    _liven(network)
    if change is not None:
        change(network)
    return LoadedModel(
        reference="made for a test",
        network=network,
        config=config,
        transform=Transform(input_size=config.input_size, mean=(0.5, 0.4, 0.45)),
        categories=("ant", "bee", "cat", "dog", "eel")[: config.num_classes],
        card=None,
    )


def photo(model: LoadedModel, seed: int = 0) -> NDArray[np.uint8]:
    """Soft blots of colour, uint8 (S, S, 3)."""
    side = model.config.input_size
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def images(model: LoadedModel, pixels: NDArray[np.uint8]) -> torch.Tensor:
    """What the network gets, (1, 3, S, S)."""
    return model.transform.normalise(torch.from_numpy(pixels.copy())[None]).contiguous()


def without_biases(network: AlexNet) -> None:
    for layer in network.children():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.zeros_(layer.bias)


def linear(network: AlexNet) -> None:
    """Leave nothing but sums: no activation."""
    for name, layer in list(network.named_children()):
        if isinstance(layer, nn.ReLU | nn.Tanh):
            setattr(network, name, nn.Identity())


def _liven(network: AlexNet) -> None:
    """Biases and statistics as training would leave them, not zeros and ones."""
    random = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for layer in network.children():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.bias.copy_(torch.rand(layer.bias.shape, generator=random) * 0.2 - 0.1)
            elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                shape = layer.running_mean.shape
                layer.running_mean.copy_(torch.rand(shape, generator=random) - 0.5)
                layer.running_var.copy_(torch.rand(shape, generator=random) + 0.5)
                layer.bias.copy_(torch.rand(shape, generator=random) - 0.5)
