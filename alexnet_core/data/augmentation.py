"""What may happen to a training picture."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError


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
