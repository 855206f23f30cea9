"""Many views of one picture, answered together."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from alexnet_core.data.transforms import Transform

Views = Literal[1, 10]
"""The centre alone, or the ten views of 2012."""

_WIDE, _NARROW = 256, 224
"""Side of a picture and of its views in 2012 (section 4.1)."""


def widened(transform: Transform) -> Transform:
    """The transform that leaves room around the input for views to differ.

    Its input is the square that the network's own transform crops the centre from, where it
    crops; otherwise the picture is enlarged as in 2012, 256 pixels for an input of 224.
    """
    side = transform.input_size
    wide = transform.resize or side
    if wide == side or transform.framing != "crop":
        wide = round(side * _WIDE / _NARROW)
    return transform.replace(input_size=wide, resize=wide)


def ten_views(images: Tensor, size: int) -> Tensor:
    """The four corners and the centre of pictures, each also mirrored (2012, section 4.1).

    Args:
        images: (N, 3, H, W), at least ``size`` high and wide.
        size: side of a view in pixels.

    Returns:
        (10 N, 3, size, size): all N top left corners first, the mirrored ones last.
    """
    bottom, right = images.shape[2] - size, images.shape[3] - size
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    views = [images[:, :, top : top + size, left : left + size] for top, left in places]
    return torch.cat([*views, *(view.flip(3) for view in views)])


class TenViews(nn.Module):
    """A network that answers by the mean of its probabilities over ten views of each picture.

    Args:
        network: gives logits (N, classes) for (N, 3, ``size``, ``size``).
        size: side of its input.
    """

    def __init__(self, network: nn.Module, size: int) -> None:
        super().__init__()
        self.network, self.size = network, size
        # A new module is in training mode, and who restores that would set the network to it.
        self.train(network.training)

    def forward(self, images: Tensor) -> Tensor:
        """Logarithms of the mean probabilities, (N, classes); their softmax is that mean.

        Args:
            images: (N, 3, H, W) normalised, as `widened` makes them.
        """
        logits = self.network(ten_views(images, self.size)).float()
        shares = logits.log_softmax(1).view(10, len(images), -1)
        mean: Tensor = shares.logsumexp(0) - math.log(10)
        return mean
