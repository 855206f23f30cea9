"""What may happen to a training picture, and how it is done to a whole batch at once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from alexnet_core.data.transforms import Transform

WIDEST = 4 / 3
"""Longest side of a random window over its shortest (Szegedy et al. 2015)."""


class Augmentation(Config):
    """What may happen to a training picture; the defaults change nothing."""

    crop_margin: int = Field(0, ge=0, le=128)
    """Pictures are kept this many pixels wider than the input and cropped at random (2012,
    section 4.1: 256 to 224, a margin of 32). Validation takes the centre."""

    shift: int = Field(0, ge=0, le=32)
    """Move the picture by up to this many pixels each way; the border is mirrored. Too far loses
    the object."""

    smallest_crop: float = Field(1, gt=0, le=1)
    """Keep a random window of at least this share of the picture's area, its sides in a ratio of at
    most 4 to 3, and enlarge it to the input (Szegedy et al. 2015: 0.08); 1 keeps the whole picture,
    too small loses the object."""

    flip: bool = False
    """Mirror half of the pictures left to right. Wrong for digits and letters."""

    pca_noise: float = Field(0, ge=0, le=1)
    """Colour noise along the principal components of the set's colours (2012, section 4.1:
    0.1); too much hides the colours themselves."""

    brightness: float = Field(0, ge=0, le=1)
    """Scale all values by up to 1 plus or minus this; too much drowns what they mean."""

    contrast: float = Field(0, ge=0, le=1)
    """Stretch values around the picture's mean by up to 1 plus or minus this; near 1 some pictures
    turn grey."""

    cutout: int = Field(0, ge=0, le=128)
    """Side of a square set to the mean colour (DeVries and Taylor 2017); too large hides the
    object."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.smallest_crop < 1 and (self.shift or self.crop_margin):
            raise ConfigError(
                "smallest_crop",
                self.smallest_crop,
                "1 where shift or crop_margin choose the window",
            )
        return self


@dataclass(frozen=True)
class Draws:
    """One epoch's random numbers, a row a picture.

    So a picture's change does not depend on the batch it falls into.
    """

    offset: Tensor
    flip: Tensor
    cutout: Tensor
    colour: Tensor
    brightness: Tensor
    contrast: Tensor
    window: Tensor
    """Top, left, height and width of what is kept, as shares of the side."""


class Augmenter:
    """Applies an `Augmentation` to batches of ``size`` x ``size`` pixels.

    The same seed, epoch and picture give the same change.
    """

    def __init__(self, augmentation: Augmentation, size: int, seed: int) -> None:
        self.augmentation = augmentation
        self.size = size
        self.seed = seed
        self._components: Tensor | None = None

    def learn_colours(self, pictures: Iterable[Tensor]) -> None:
        """Find the principal components of the colours, if colour noise is wanted.

        One picture at a time is held as numbers, and sums of whole numbers are exact: the same
        pictures give the same components, wherever they lie and in whatever portions.

        Args:
            pictures: each (H, W, 3) uint8; a fair sample of the training set.
        """
        import torch

        if not self.augmentation.pca_noise:
            return
        count, total = 0, torch.zeros(3, dtype=torch.float64)
        products = torch.zeros(3, 3, dtype=torch.float64)
        for picture in pictures:
            levels = picture.reshape(-1, 3).cpu().double()
            count += len(levels)
            total += levels.sum(0)
            products += levels.T @ levels
        covariance = (products - torch.outer(total, total) / count) / (max(count - 1, 1) * 255**2)
        values, vectors = torch.linalg.eigh(covariance)
        # Column i is p_i * lambda_i; a draw alpha turns it into the paper's sum.
        self._components = (vectors * values).float()

    def draw(self, epoch: int, count: int, device: torch.device) -> Draws:
        """The random numbers of one epoch for ``count`` pictures, moved to ``device``."""
        import torch

        # Factors far apart keep (seed, epoch) pairs apart.
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch * 7_919 + 1)
        wanted = self.augmentation
        low, high = -wanted.shift, wanted.crop_margin + wanted.shift + 1

        def uniform(spread: float) -> Tensor:
            return 1 + spread * (2 * torch.rand(count, generator=generator) - 1)

        draws = (
            torch.randint(low, high, (count, 2), generator=generator),
            torch.rand(count, generator=generator) < (0.5 if wanted.flip else 0.0),
            torch.randint(
                1 - wanted.cutout // 2, max(self.size, 2), (count, 2), generator=generator
            ),
            torch.randn(count, 3, generator=generator) * wanted.pca_noise,
            uniform(wanted.brightness),
            uniform(wanted.contrast),
            _windows(wanted.smallest_crop, count, generator),
        )
        return Draws(*(draw.to(device) for draw in draws))

    def prepare(
        self,
        pixels: Tensor,
        rows: Tensor,
        draws: Draws,
        pictures: Tensor,
        transform: Transform,
        size: int | None = None,
    ) -> Tensor:
        """Everything that happens to a batch: geometry, normalising, colours.

        Args:
            pixels: (M, H, W, 3) uint8, any M pictures in memory.
            rows: (B,) which of the M to take.
            draws: the epoch's random numbers.
            pictures: (B,) the pictures' numbers in the set, which choose their draws.
            transform: gives mean and standard deviation.
            size: side of the result; None for the input size.

        Returns:
            (B, 3, size, size) normalised float32, channels last in memory.
        """
        if self.augmentation.smallest_crop == 1 and size in (None, self.size):
            images = transform.normalise(self.move(pixels, rows, draws, pictures))
        else:
            whole = transform.normalise(pixels[rows])
            images = self.resize(whole, draws, pictures, size or self.size)
        import torch

        std = torch.tensor(transform.std, device=images.device).view(1, 3, 1, 1)
        return self.recolour(images, draws, pictures, std)

    def resize(self, images: Tensor, draws: Draws, pictures: Tensor, size: int) -> Tensor:
        """Cut each picture's window out, scale it to ``size`` and mirror it.

        A pixel is the mean of what lies under it, weighted by a triangle as wide as one pixel of
        the coarser of the two pictures, as Pillow's bilinear filter does. Rows and columns are
        each mixed by one matrix product, which costs less than looking pixels up.

        Args:
            images: (B, 3, L, L) float.
            draws: the epoch's random numbers.
            pictures: (B,) the pictures' numbers in the set, which choose their draws.
            size: side of the result in pixels.

        Returns:
            (B, 3, size, size) in channels-last memory order.
        """
        import torch

        length = images.shape[-1]
        top, left, height, width = (draws.window[pictures] * length).unbind(1)
        upright = torch.zeros_like(draws.flip[pictures])
        down = _mixing(top, height, upright, size, length)
        across = _mixing(left, width, draws.flip[pictures], size, length)
        mixed = down[:, None] @ images.contiguous() @ across[:, None].transpose(2, 3)
        return mixed.contiguous(memory_format=torch.channels_last)

    def move(self, pixels: Tensor, rows: Tensor, draws: Draws, pictures: Tensor) -> Tensor:
        """Crop, shift and flip in one gather.

        Args:
            pixels: (M, H, W, 3) uint8, any M pictures in memory.
            rows: (B,) which of the M to take.
            draws: the epoch's random numbers.
            pictures: (B,) the pictures' numbers in the set, which choose their draws.

        Returns:
            (B, ``size``, ``size``, 3) uint8.
        """
        import torch

        step = torch.arange(self.size, device=pixels.device)
        offset = draws.offset[pictures]
        across = torch.where(draws.flip[pictures, None], step.flip(0), step)
        vertical = _mirror(offset[:, :1] + step, pixels.shape[1])
        horizontal = _mirror(offset[:, 1:] + across, pixels.shape[2])
        return pixels[rows[:, None, None], vertical[:, :, None], horizontal[:, None, :]]

    def recolour(self, images: Tensor, draws: Draws, pictures: Tensor, std: Tensor) -> Tensor:
        """Change colours and cut a square out.

        Args:
            images: (B, 3, S, S) normalised float, changed in place.
            draws: the epoch's random numbers.
            pictures: (B,) the pictures' numbers in the set.
            std: (1, 3, 1, 1) what the values were divided by, so that noise keeps its units.

        Returns:
            The same tensor.
        """
        import torch

        wanted = self.augmentation
        if self._components is not None:
            noise = draws.colour[pictures] @ self._components.to(images.device).T
            images += noise[:, :, None, None] / std
        if wanted.brightness:
            images *= draws.brightness[pictures, None, None, None]
        if wanted.contrast:
            mean = images.mean((1, 2, 3), keepdim=True)
            images.sub_(mean).mul_(draws.contrast[pictures, None, None, None]).add_(mean)
        if wanted.cutout:
            step = torch.arange(self.size, device=images.device)
            start = draws.cutout[pictures]
            inside = (step >= start[..., None]) & (step < start[..., None] + wanted.cutout)
            hole = inside[:, 0, :, None] & inside[:, 1, None, :]
            # Zero is the mean colour once values are normalised.
            images.masked_fill_(hole[:, None], 0)
        return images


def _mirror(index: Tensor, length: int) -> Tensor:
    """Fold positions outside 0..length-1 back in, as a mirror at the border does."""
    return (length - 1) - ((length - 1) - index.abs()).abs()


def _windows(smallest: float, count: int, generator: torch.Generator) -> Tensor:
    """Random windows, (``count``, 4): top, left, height and width as shares of the side."""
    import torch

    if smallest == 1:
        # Nothing is drawn, so that runs without windows keep the numbers that they always had.
        return torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(count, 4)
    area, ratio, top, left = torch.rand(4, count, generator=generator)
    area = smallest + (1 - smallest) * area
    # Even in the logarithm: as often twice as tall as twice as wide.
    ratio = torch.exp((2 * ratio - 1) * math.log(WIDEST))
    height, width = (area / ratio).sqrt().clamp(max=1), (area * ratio).sqrt().clamp(max=1)
    return torch.stack([top * (1 - height), left * (1 - width), height, width], dim=1)


def _mixing(start: Tensor, extent: Tensor, mirrored: Tensor, size: int, length: int) -> Tensor:
    """How much of each of ``length`` pixels goes into each of ``size``, (B, size, length).

    Args:
        start: (B,) where the window begins, in pixels.
        extent: (B,) how long it is, in pixels.
        mirrored: (B,) bool, whether it is read backwards.
        size: pixels of the result.
        length: pixels of the picture.
    """
    import torch

    step = (extent / size)[:, None]
    place = torch.arange(size, device=start.device) + 0.5
    place = torch.where(mirrored[:, None], size - place, place)
    centre = start[:, None] + place * step
    pixel = torch.arange(length, device=start.device) + 0.5
    distance = (pixel - centre[..., None]).abs() / step.clamp(min=1)[..., None]
    weight = (1 - distance).clamp(min=0)
    return weight / weight.sum(dim=2, keepdim=True)
