"""What may happen to a training picture."""

from __future__ import annotations

from pydantic import Field

from alexnet_core.config import Config


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
