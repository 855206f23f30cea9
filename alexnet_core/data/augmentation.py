"""What may happen to a training picture, and how it is done to a whole batch at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from alexnet_core.config import Config

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Augmentation(Config):
    """What may happen to a training picture; the defaults change nothing."""

    crop_margin: int = Field(0, ge=0, le=128)
    """Pictures are kept this many pixels wider than the input and cropped at random (2012,
    section 4.1: 256 to 224, a margin of 32). Validation takes the centre."""

    shift: int = Field(0, ge=0, le=32)
    """Move the picture by up to this many pixels each way; the border is mirrored. Too far loses
    the object."""

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
        )
        return Draws(*(draw.to(device) for draw in draws))

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
