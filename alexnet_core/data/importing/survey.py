"""One look at every picture: decoded, measured, hashed, and never touched again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data import images
from alexnet_core.data.cards import Rejected
from alexnet_core.data.images import ImageLimits
from alexnet_core.data.importing.layouts import Member
from alexnet_core.data.importing.sources import Source
from alexnet_core.errors import DataError, ImageError

MEAN_SIDE = 64
"""Side of the mean picture in pixels."""

_MOST_FILES = 64
_MOST_BYTES = 8 * 2**20
_POWERS = np.arange(256)[:, None] ** np.arange(1, 3) / np.array([255.0, 255.0**2])


class Surveyed(NamedTuple):
    """What a look at some files gave; n of them are pictures."""

    members: list[Member]
    """(n,)"""

    data: list[bytes]
    """(n,) their bytes."""

    digests: NDArray[np.uint8]
    """(n, 32) SHA-256."""

    moments: NDArray[np.float64]
    """(n, 3, 2) mean and mean square of red, green and blue, 0 to 1."""

    sizes: NDArray[np.int64]
    """(n, 2) width and height."""

    total: NDArray[np.int64]
    """(`MEAN_SIDE`, `MEAN_SIDE`, 3) sum of all pictures, squashed to that size."""

    rejected: list[Rejected]

    looked_at: int
    """Files in all."""


def portions(members: list[Member]) -> Iterator[list[Member]]:
    """Some files at a time, few enough to hold in memory, many enough to be worth a task."""
    portion: list[Member] = []
    size = 0
    for member in members:
        portion.append(member)
        size += member.file.size
        if len(portion) == _MOST_FILES or size >= _MOST_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def survey(portion: list[Member], source: Source, limits: ImageLimits) -> Surveyed:
    """Decode every file of a portion; what is no usable picture is rejected with the reason."""
    members, data, digests, moments, sizes, rejected = [], [], [], [], [], []
    total = np.zeros((MEAN_SIDE, MEAN_SIDE, 3), np.int64)
    for member in portion:
        file = member.file
        try:
            if file.size > limits.max_bytes:
                most = limits.max_bytes / 2**20
                raise ImageError(f"{images.safe_name(file.path)} has more than {most:.0f} MB.")
            content = source.read(file)
            picture = images.decode(content, name=file.path, limits=limits)
        except (ImageError, DataError) as error:
            rejected.append(Rejected(name=file.path, reason=str(error)))
            continue
        members.append(member)
        data.append(content)
        digests.append(bytes.fromhex(picture.sha256))
        moments.append(_moments(picture.image))
        sizes.append(picture.image.size)
        total += np.asarray(
            picture.image.resize(
                (MEAN_SIDE, MEAN_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0
            )
        )
    return Surveyed(
        members=members,
        data=data,
        digests=np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32),
        moments=np.array(moments).reshape(-1, 3, 2),
        sizes=np.array(sizes, np.int64).reshape(-1, 2),
        total=total,
        rejected=rejected,
        looked_at=len(portion),
    )


def _moments(image: Image.Image) -> NDArray[np.float64]:
    # A histogram holds all that mean and mean square need, and Pillow counts it in one pass.
    counts = np.array(image.histogram()).reshape(3, 256)
    result: NDArray[np.float64] = counts @ _POWERS / (image.width * image.height)
    return result
