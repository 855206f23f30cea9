"""Convolutions of 3 x 3 by fewer multiplications, for training on a CPU.

Source: Lavin and Gray 2016, Fast Algorithms for Convolutional Neural Networks, F(4 x 4, 3 x 3):
each tile of 4 x 4 results comes from 36 products where the plain sum needs 144. Tile, kernel and
result go through small fixed matrices; between them stand 36 matrix products over all tiles and
maps at once. The results are those of the plain layer but for rounding, about 1e-5 of the largest.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEWEST_MAPS = 128
"""With fewer maps going in, the small matrices cost more than the products save."""

MOST_WASTE = 1.5
"""Tiles that reach over the map's edge by more than this, in area, undo what is saved."""

_TILE, _WINDOW = 4, 6

_FROM_TILE = torch.tensor(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=torch.float64,
)
_FROM_KERNEL = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=torch.float64,
)
_TO_RESULT = torch.tensor(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    dtype=torch.float64,
)
# Both directions in one product: B^T d B is kron(B^T, B^T) times d, read row by row.
_TILES, _KERNELS, _RESULTS = (
    torch.kron(matrix, matrix).float() for matrix in (_FROM_TILE, _FROM_KERNEL, _TO_RESULT)
)


class WinogradConv2d(nn.Conv2d):
    """A convolution of 3 x 3, step 1, border 1, that computes float32 by `convolve`."""

    def forward(self, input: Tensor) -> Tensor:
        """As ``nn.Conv2d``: (N, C, H, W) to (N, O, H, W)."""
        half = input.dtype != torch.float32 or torch.is_autocast_enabled(input.device.type)
        if half or _waste(input.shape[2]) * _waste(input.shape[3]) > MOST_WASTE:
            return super().forward(input)
        assert self.bias is not None
        return convolve(input, self.weight, self.bias)


def quicken(network: nn.Module) -> None:
    """Let every convolution that gains from it compute by `convolve`; weights stay as they are."""
    for layer in network.modules():
        if (
            isinstance(layer, nn.Conv2d)
            and (layer.kernel_size, layer.stride, layer.padding) == ((3, 3), (1, 1), (1, 1))
            and layer.groups == 1
            and layer.in_channels >= FEWEST_MAPS
        ):
            layer.__class__ = WinogradConv2d


def _waste(side: int) -> float:
    """How much longer whole tiles are than a map of that side."""
    return -(-side // _TILE) * _TILE / side


def convolve(images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """What ``F.conv2d(images, weight, bias, padding=1)`` gives, but for rounding.

    Args:
        images: (N, C, H, W) float32.
        weight: (O, C, 3, 3).
        bias: (O,).

    Returns:
        (N, O, H, W) in channels-last memory order.
    """
    result: Tensor = _Convolution.apply(images, weight, bias)
    return result


class _Convolution(torch.autograd.Function):
    """The convolution and its three gradients, each by the transposed matrices."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        count, maps, height, width = images.shape
        filters = len(weight)
        down, across = -(-height // _TILE), -(-width // _TILE)
        far = (1, _TILE * across - width + 1, 1, _TILE * down - height + 1)
        padded = F.pad(images.permute(0, 2, 3, 1), (0, 0, *far))
        windows = padded.unfold(1, _WINDOW, _TILE).unfold(2, _WINDOW, _TILE)
        windows = windows.permute(4, 5, 0, 1, 2, 3).reshape(36, -1)
        tiles = (_TILES @ windows).view(36, count * down * across, maps)
        kernels = (_KERNELS @ weight.permute(2, 3, 1, 0).reshape(9, -1)).view(36, maps, filters)
        products = torch.bmm(tiles, kernels)
        results = (_RESULTS @ products.view(36, -1)).view(4, 4, count, down, across, filters)
        whole = images.new_empty(count, down, _TILE, across, _TILE, filters)
        torch.add(results.permute(2, 3, 0, 4, 1, 5), bias, out=whole)
        ctx.save_for_backward(tiles, kernels)
        ctx.shape = (count, maps, height, width)
        whole = whole.view(count, down * _TILE, across * _TILE, filters)
        whole = whole[:, :height, :width].permute(0, 3, 1, 2)
        return whole.contiguous(memory_format=torch.channels_last)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        tiles, kernels = ctx.saved_tensors
        count, maps, height, width = ctx.shape
        filters = kernels.shape[2]
        down, across = -(-height // _TILE), -(-width // _TILE)
        gradient = gradients[0].permute(0, 2, 3, 1)
        of_bias = gradient.sum((0, 1, 2))
        gradient = F.pad(gradient, (0, 0, 0, _TILE * across - width, 0, _TILE * down - height))
        gradient = gradient.reshape(count, down, _TILE, across, _TILE, filters)
        gradient = gradient.permute(2, 4, 0, 1, 3, 5).reshape(16, -1)
        products = (_RESULTS.T @ gradient).view(36, -1, filters)
        of_kernels = torch.bmm(tiles.transpose(1, 2), products)
        of_weight = (_KERNELS.T @ of_kernels.view(36, -1)).view(3, 3, maps, filters)
        of_weight = of_weight.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        of_tiles = torch.bmm(products, kernels.transpose(1, 2))
        windows = (_TILES.T @ of_tiles.view(36, -1)).view(6, 6, count, down, across, maps)
        # Windows overlap by two pixels: the far rows and columns of each are added to the next.
        whole = gradient.new_zeros(count, down + 1, _TILE, across + 1, _TILE, maps)
        cells = whole.permute(2, 4, 0, 1, 3, 5)
        cells[:, :, :, :down, :across] = windows[:4, :4]
        cells[:2, :, :, 1:, :across] += windows[4:, :4]
        cells[:, :2, :, :down, 1:] += windows[:4, 4:]
        cells[:2, :2, :, 1:, 1:] += windows[4:, 4:]
        whole = whole.view(count, _TILE * (down + 1), _TILE * (across + 1), maps)
        of_images = whole[:, 1 : 1 + height, 1 : 1 + width].permute(0, 3, 1, 2)
        of_images = of_images.contiguous(memory_format=torch.channels_last)
        return of_images, of_weight, of_bias
