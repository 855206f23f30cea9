"""The network: one builder for the whole family, every layer under its name."""

from __future__ import annotations

import math
import threading
from typing import cast

import torch
from torch import Tensor, nn

from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.layers import LayerSpec

PAPER_STD = 0.01
"""Standard deviation of the first weights of 2012 (section 5)."""

PAPER_BIASED_CONVS = ("conv2", "conv4", "conv5")
"""Convolutions whose biases start at 1 in 2012 (section 5), as do all hidden layers'."""

_DRAWING = threading.Lock()


class AlexNet(nn.Module):
    """A network of the family; its children are its layers, in forward order.

    Nothing works in place, so a hook on a layer sees what that layer computed.

    Input: (N, ``in_channels``, ``input_size``, ``input_size``), normalised float.
    Output: (N, ``num_classes``) logits.
    """

    def __init__(self, config: AlexNetConfig) -> None:
        super().__init__()
        self.config = config
        for spec in config.layers():
            self.add_module(spec.name, _layer(spec, config))

    def forward(self, images: Tensor, seen: dict[str, Tensor] | None = None) -> Tensor:
        """Logits of shape (N, ``num_classes``); no softmax.

        What every layer gave is written into ``seen`` under its name, where one is given.
        """
        values = images
        for name, layer in self.named_children():
            values = layer(values)
            if seen is not None:
                seen[name] = values
        return values


class ResponseNorm(nn.LocalResponseNorm):
    """Response normalisation that squares in float32 whatever comes in.

    Under float16 autocast the square of 256 or more is infinite, and the value over it zero.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) of the same shape, float32 where float16 came in."""
        if input.dtype is not torch.float16:
            return super().forward(input)
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


def build(config: AlexNetConfig, seed: int | None = None) -> AlexNet:
    """A network with fresh weights as ``config.initialisation`` says.

    With a ``seed`` the weights are the same each time, and torch's own random state is untouched.
    """
    # Torch draws first weights from one state for all threads: two builds at once would mix.
    with _DRAWING, torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        network = AlexNet(config)
        _initialise(network)
    return network


def _layer(spec: LayerSpec, config: AlexNetConfig) -> nn.Module:
    match spec.kind:
        case "conv":
            return nn.Conv2d(
                spec.in_shape[0],
                spec.out_shape[0],
                spec.kernel,
                spec.stride,
                spec.padding,
                groups=spec.groups,
            )
        case "activation":
            return nn.ReLU() if config.activation == "relu" else nn.Tanh()
        case "lrn":
            # The paper's alpha multiplies the sum over n maps, PyTorch's the mean.
            alpha = config.lrn_alpha * config.lrn_size
            return ResponseNorm(config.lrn_size, alpha, config.lrn_beta, config.lrn_k)
        case "batch_norm":
            norm = nn.BatchNorm2d if len(spec.in_shape) == 3 else nn.BatchNorm1d
            return norm(spec.in_shape[0], config.batch_norm_eps, config.batch_norm_momentum)
        case "max_pool":
            return nn.MaxPool2d(spec.kernel, spec.stride, spec.padding)
        case "adaptive_avg_pool":
            return nn.AdaptiveAvgPool2d(spec.out_shape[1])
        case "flatten":
            return nn.Flatten()
        case "dropout":
            return nn.Dropout(config.dropout)
        case "linear":
            return nn.Linear(spec.in_shape[0], spec.out_shape[0])


def _initialise(network: AlexNet) -> None:
    """Set first weights and biases.

    Sources: 2012, section 5 (``paper-2012``); Glorot and Bengio 2010 (``glorot``, uniform, as
    Keras starts); He et al. 2015 (``he``, normal, fan-in). ``torch`` leaves PyTorch's own.
    """
    scheme = network.config.initialisation
    if scheme == "torch":
        return
    last = list(network.children())[-1]
    for name, layer in network.named_children():
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        bias = cast(Tensor, layer.bias)
        nn.init.zeros_(bias)
        if scheme == "glorot":
            nn.init.xavier_uniform_(layer.weight)
        elif scheme == "he":
            gain = math.sqrt(2.0) if network.config.activation == "relu" else 5 / 3
            fan_in = layer.weight[0].numel()
            nn.init.normal_(layer.weight, std=gain / math.sqrt(fan_in))
        else:
            nn.init.normal_(layer.weight, std=PAPER_STD)
            hidden = isinstance(layer, nn.Linear) and layer is not last
            if hidden or name in PAPER_BIASED_CONVS:
                nn.init.ones_(bias)
