"""The only resize, mean and std of the lab: a picture in, what the network sees out.

Preprocessing belongs to the weights: a network that was trained on squashed, centred pictures sees
nonsense in any others. So a `Transform` is stored in every checkpoint's card and nobody else
resizes or normalises. Its two halves are used apart: `Transform.pixels` is slow and done once a
picture (the result is kept as bytes), `Transform.normalise` is fast and done on whole batches on
the device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.data.geometry import Placement
from alexnet_core.errors import ConfigError

if TYPE_CHECKING:
    import torch

Level = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(gt=0, le=1)]

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
LONGEST = 8
"""Long side over short side. A hair-thin picture would grow to gigabytes when its short side is
enlarged, so its ends beyond this go before a crop."""


class Transform(Config):
    """How a picture becomes the input of one network.

    Raises:
        ConfigError: a field is not allowed, or the resized picture is smaller than the input.
    """

    input_size: int = Field(ge=1, le=1024)
    """Side of the square that the network sees, in pixels."""

    resize: int | None = Field(None, ge=1, le=2048)
    """Short side before the crop; none takes the input size, so that only the long ends go."""

    framing: Literal["crop", "squash", "pad"] = "crop"
    """Make it square by cropping the middle, by squashing it, or by adding borders."""

    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    """How a pixel is made from its neighbours; both smooth first when the picture shrinks."""

    mean: tuple[Level, Level, Level] = (0.5, 0.5, 0.5)
    """Mean of red, green and blue on a scale from 0 to 1; it is subtracted."""

    std: tuple[Spread, Spread, Spread] = (0.25, 0.25, 0.25)
    """Standard deviation of red, green and blue; what is left is divided by it."""

    @model_validator(mode="after")
    def _large_enough(self) -> Self:
        if self.resize is not None and self.resize < self.input_size:
            raise ConfigError("resize", self.resize, f"none, or at least {self.input_size}")
        return self

    def fit(self, image: Image.Image) -> Image.Image:
        """The square that the network sees, still as a picture.

        Args:
            image: an RGB picture of any size (`images.decode` gives one).

        Returns:
            An RGB picture of ``input_size`` by ``input_size``.
        """
        size, filter_ = self.input_size, _FILTERS[self.interpolation]
        if self.framing == "squash":
            return _resized(image, (size, size), filter_)
        if self.framing == "pad":
            scale = size / max(image.size)
            inner = _resized(
                image,
                (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
                filter_,
            )
            square = Image.new("RGB", (size, size), tuple(round(255 * m) for m in self.mean))
            square.paste(inner, ((size - inner.width) // 2, (size - inner.height) // 2))
            return square
        image = _without_far_ends(image)
        short = self.resize or size
        # Rounded as torchvision rounds, so that its published weights see the same pixels.
        width, height = (int(short * side / min(image.size)) for side in image.size)
        image = _resized(image, (width, height), filter_)
        left, top = round((width - size) / 2), round((height - size) / 2)
        if (width, height) == (size, size):
            return image
        return image.crop((left, top, left + size, top + size))

    def placement(self, size: tuple[int, int]) -> Placement:
        """Where what `fit` gives lies on the picture, rounded as `fit` rounds.

        Args:
            size: width and height of the picture.
        """
        side = self.input_size
        if self.framing == "squash":
            return Placement(0.0, 0.0, size[0] / side, size[1] / side)
        if self.framing == "pad":
            scale = side / max(size)
            (left, across), (top, down) = (_padded(length, scale, side) for length in size)
        else:
            short = self.resize or side
            (left, across), (top, down) = (_cropped(one, min(size), short, side) for one in size)
        return Placement(left, top, across, down)

    def pixels(self, image: Image.Image) -> NDArray[np.uint8]:
        """As `fit`, as an array (input_size, input_size, 3) of 0 to 255."""
        return np.asarray(self.fit(image), dtype=np.uint8)

    def __call__(self, image: Image.Image) -> torch.Tensor:
        """The network's input for one picture: float32 (3, input_size, input_size).

        Add a batch dimension with ``[None]`` before the network.
        """
        import torch

        batch = torch.from_numpy(self.pixels(image).copy())[None]
        return self.normalise(batch)[0].contiguous()

    def normalise(self, batch: torch.Tensor, *, dtype: torch.dtype | None = None) -> torch.Tensor:
        """Make bytes into the network's input, on whatever device they lie.

        Args:
            batch: uint8 (N, H, W, 3).
            dtype: float type of the result; float32 unless given.

        Returns:
            Float (N, 3, H, W) in channels-last memory order, which is the order that the bytes
            already have: nothing is moved, only scaled.
        """
        import torch

        mean = torch.tensor(self.mean, device=batch.device).view(3, 1, 1)
        std = torch.tensor(self.std, device=batch.device).view(3, 1, 1)
        result = batch.permute(0, 3, 1, 2).to(torch.float32).div_(255).sub_(mean).div_(std)
        return result if dtype is None else result.to(dtype)

    def denormalise(self, batch: torch.Tensor) -> torch.Tensor:
        """Undo `normalise`: float (N, 3, H, W) to uint8 (N, H, W, 3), clipped to 0 to 255."""
        import torch

        mean = torch.tensor(self.mean, device=batch.device).view(3, 1, 1)
        std = torch.tensor(self.std, device=batch.device).view(3, 1, 1)
        levels = (batch.to(torch.float32) * std + mean) * 255
        return levels.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def imagenet() -> Transform:
    """The preprocessing of torchvision's ImageNet weights: 256, crop 224, ImageNet's statistics.

    Source: ``torchvision.models.AlexNet_Weights.IMAGENET1K_V1.transforms``; a test holds the two
    equal to the last bit.
    """
    return Transform(
        input_size=224, resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    )


def _resized(image: Image.Image, size: tuple[int, int], filter_: Image.Resampling) -> Image.Image:
    return image if image.size == size else image.resize(size, filter_)


def _without_far_ends(image: Image.Image) -> Image.Image:
    width, height = image.size
    longest = LONGEST * min(width, height)
    if max(width, height) <= longest:
        return image
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, left + min(width, longest), top + min(height, longest)))


def _padded(length: int, scale: float, side: int) -> tuple[float, float]:
    """Where the input begins along one side of a picture with borders, and a pixel's length."""
    inner = max(1, round(length * scale))
    step = length / inner
    return -((side - inner) // 2) * step, step


def _cropped(length: int, shortest: int, short: int, side: int) -> tuple[float, float]:
    """The same where the ends are cut off."""
    kept = min(length, LONGEST * shortest)
    resized = int(short * kept / shortest)
    step = kept / resized
    return (length - kept) // 2 + round((resized - side) / 2) * step, step
