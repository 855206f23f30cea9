"""Pictures that the lab draws itself: one object on a textured ground, and where it is.

They need no download, so a first run works anywhere. And the truth is known: the object's mask
says which pixels make the answer right, so an explanation can be scored instead of believed.
Position, size, turn, colour and ground are drawn at random and tell nothing of the class; only the
outline does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.data.cards import SPLITS
from alexnet_core.errors import ConfigError, UnknownNameError

_FINER = 4
"""Outlines are drawn this much larger and shrunk, so that their edges are smooth."""

_SMALLEST_CONTRAST = 90.0
_Points = list[tuple[float, float]]


class ShapesConfig(Config):
    """How many shapes of what size; the same config draws the same pictures."""

    size: int = Field(64, ge=16, le=512)
    """Side of the pictures in pixels."""

    train: int = Field(4000, ge=10, le=1_000_000)
    """Pictures to train on."""

    val: int = Field(0, ge=0, le=1_000_000)
    """Pictures to validate on; with 0 they are taken from the training pictures."""

    test: int = Field(1000, ge=0, le=1_000_000)
    """Pictures to test with."""

    seed: int = Field(0, ge=0)
    """Another seed draws other pictures."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``size=48,train=2000``; what is not named keeps its default.

        Raises:
            ConfigError: an unknown field, or a value that is not allowed.
        """
        fields: dict[str, Any] = {}
        for part in filter(None, text.split(",")):
            field, equals, value = part.partition("=")
            if not equals:
                raise ConfigError("shapes", part, f"field=value with {', '.join(cls.model_fields)}")
            fields[field.strip()] = value.strip()
        return cls(**fields)


class Drawing(NamedTuple):
    """One drawn picture."""

    image: Image.Image
    """RGB, size by size."""

    mask: NDArray[np.bool_]
    """(size, size), true where the object is."""

    label: int
    """Place in `CLASSES`."""


def draw(index: int, *, size: int = 64, seed: int = 0, split: str = "train") -> Drawing:
    """Draw one picture; the same arguments draw the same one.

    Args:
        index: which picture; classes take turns, so ten in a row hold each once.
        size: side in pixels.
        seed: of the whole set.
        split: train, val or test; their pictures differ.

    Raises:
        UnknownNameError: there is no such split.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    random = np.random.default_rng([seed, SPLITS.index(split), index])
    label = index % len(CLASSES)
    coverage = _outline(_OUTLINES[CLASSES[label]], size, random)
    ground = _texture(size, random)
    colour = _contrasting(ground, random)
    shade = _smooth_noise(size, size // 8 + 2, random)[..., None] * random.uniform(5, 25)
    pixels = ground + (np.clip(colour + shade, 0, 255) - ground) * coverage[..., None]
    pixels += random.normal(0, random.uniform(1, 6), pixels.shape)
    image = Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))
    return Drawing(image, coverage >= 0.5, label)


def _outline(points: Callable[[], list[_Points]], size: int, random: np.random.Generator) -> Any:
    """How much of each pixel the object covers, (size, size), 0 to 1."""
    radius = random.uniform(0.22, 0.42)
    x, y = random.uniform(radius, 1 - radius, 2)
    turn = random.uniform(-math.pi / 5, math.pi / 5)
    cosine, sine = radius * math.cos(turn), radius * math.sin(turn)
    fine = size * _FINER
    canvas = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(canvas)
    for filled, outline in enumerate(points()):
        placed = [
            (fine * (x + cosine * u - sine * v), fine * (y + sine * u + cosine * v))
            for u, v in outline
        ]
        # A second outline is a hole.
        pen.polygon(placed, fill=0 if filled else 255)
    return np.asarray(canvas.reduce(_FINER), dtype=np.float64) / 255


def _texture(size: int, random: np.random.Generator) -> NDArray[np.float64]:
    """A ground of two colours, (size, size, 3), 0 to 255."""
    one = random.uniform(30, 225, 3)
    # Two colours far apart would hide every outline.
    two = np.clip(one + random.uniform(-45, 45, 3), 0, 255)
    kind = random.integers(3)
    if kind == 0:
        blend = _smooth_noise(size, int(random.integers(3, 12)), random)
    else:
        turn, waves = random.uniform(0, math.pi), random.uniform(2, 9)
        down, across = np.mgrid[0:size, 0:size] / size
        along = np.sin(2 * math.pi * waves * (math.cos(turn) * across + math.sin(turn) * down))
        if kind == 2:
            along *= np.sin(2 * math.pi * waves * (math.cos(turn) * down - math.sin(turn) * across))
        blend = (along + 1) / 2
    return one + (two - one) * blend[..., None]


def _contrasting(ground: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    mean = ground.mean(axis=(0, 1))
    while True:
        colour = random.uniform(0, 255, 3)
        if np.linalg.norm(colour - mean) >= _SMALLEST_CONTRAST:
            return colour


def _smooth_noise(size: int, cells: int, random: np.random.Generator) -> NDArray[np.float64]:
    coarse = Image.fromarray((random.random((cells, cells)) * 255).astype(np.uint8))
    fine = coarse.resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(fine, dtype=np.float64) / 255


def _round(
    corners: int, *, inner: float = 1.0, start: float = -math.pi / 2, radius: float = 1.0
) -> _Points:
    """Points on a circle; with ``inner`` every second one is drawn towards the middle."""
    angles = [start + 2 * math.pi * corner / corners for corner in range(corners)]
    reaches = [radius * (inner if corner % 2 else 1) for corner in range(corners)]
    return [
        (reach * math.cos(angle), reach * math.sin(angle))
        for reach, angle in zip(reaches, angles, strict=True)
    ]


def _arrow() -> list[_Points]:
    head, shaft = [(0.0, -1.0), (0.8, -0.1), (0.3, -0.1)], [(0.3, 1.0)]
    right = head + shaft
    return [right + [(-u, v) for u, v in reversed(right)]]


def _cross() -> list[_Points]:
    arm = [(-0.3, -1.0), (0.3, -1.0), (0.3, -0.3)]
    turned: _Points = []
    for _ in range(4):
        turned += arm
        arm = [(-v, u) for u, v in arm]
    return [turned]


def _crescent() -> list[_Points]:
    # Moved to the right, so that what is left has its middle where other objects have theirs.
    disc = [(0.25 + u, v) for u, v in _round(64, radius=0.85)]
    bite = [(0.63 + u, v) for u, v in _round(64, radius=0.68)]
    return [disc, bite]


def _heart() -> list[_Points]:
    steps = (2 * math.pi * step / 64 for step in range(64))
    return [
        [
            (
                math.sin(t) ** 3,
                -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t))
                / 17,
            )
            for t in steps
        ]
    ]


_OUTLINES: dict[str, Callable[[], list[_Points]]] = {
    "arrow": _arrow,
    "circle": lambda: [_round(64)],
    "crescent": _crescent,
    "cross": _cross,
    "heart": _heart,
    "rectangle": lambda: [[(-1, -0.35), (1, -0.35), (1, 0.35), (-1, 0.35)]],
    "ring": lambda: [_round(64), _round(64, radius=0.55)],
    "square": lambda: [_round(4, start=-math.pi / 4)],
    "star": lambda: [_round(10, inner=0.42)],
    "triangle": lambda: [_round(3)],
}

CLASSES = tuple(_OUTLINES)
"""The ten classes, in the order of their labels."""
