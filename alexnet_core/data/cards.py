"""What is known of a data set, computed once at its import and stored beside its pictures."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Literal

from pydantic import Field

from alexnet_core import home
from alexnet_core.config import Config
from alexnet_core.errors import ConfigError

CARD = "dataset.json"
MEAN = "mean.png"
SPLITS = ("train", "val", "test")
SHAPES = "shapes"
"""The one data set that is drawn; its name is taken."""

MAX_REJECTED = 200
"""How many rejected files a card names; the others are only counted."""

_NAME = re.compile(r"[a-z0-9_-]{1,64}")


class Rejected(Config):
    """A file that was left out of a data set."""

    name: str
    """Its path within the source."""

    reason: str
    """Why, in one sentence."""


class DatasetCard(Config):
    """The facts of a data set.

    Statistics are over every pixel of every picture at its own size, each picture weighing the
    same, so that a few large ones do not decide. They come from the training split alone: a
    network must learn nothing from the pictures that it is tested on.
    """

    name: str
    """What commands and links call it."""

    title: str
    """What people call it."""

    classes: tuple[str, ...]
    """Class names; a label is a place in this list."""

    counts: dict[str, tuple[int, ...]]
    """Split -> pictures of each class."""

    stored: Literal["copied", "indexed", "drawn"]
    """Copied into the lab's home, left where they are, or drawn when asked for."""

    mean: tuple[float, float, float]
    """Mean of red, green, blue in the training split, 0 to 1."""

    std: tuple[float, float, float]
    """Standard deviation of red, green, blue in the training split, 0 to 1."""

    size_range: tuple[int, int, int, int]
    """Smallest width and height, largest width and height in pixels."""

    total_bytes: int = 0
    """Bytes of all picture files together."""

    rejected: tuple[Rejected, ...] = ()
    """The first `MAX_REJECTED` files that were left out."""

    rejected_count: int = 0
    """How many were left out in all."""

    duplicates: int = 0
    """Pictures whose bytes are those of an earlier one; they are kept."""

    fingerprint: str
    """SHA-256 over split, label and SHA-256 of every picture, sorted: the same content, the same
    fingerprint, whatever its files are called."""

    split_by: str
    """Where the splits come from: the source, or a seeded draw."""

    set_apart: int = 0
    """Percent of the training pictures that were set apart for validation after the import."""

    source: str
    """The file or folder that it was imported from, or the method that drew it."""

    licence: str = "unknown"
    """What may be done with it, as far as the lab knows."""

    created: str
    """When it was imported, ISO 8601 in UTC."""

    format: int = Field(1, ge=1, le=1)
    """Version of the files beside the card."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have pictures."""
        return tuple(split for split in SPLITS if self.length(split))

    def length(self, split: str) -> int:
        """Pictures in a split; 0 where there is no such split."""
        return sum(self.counts.get(split, ()))


def folder_of(name: str) -> Path:
    """Where a data set of that name lies, or would.

    Raises:
        ConfigError: the name can't be a data set's.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError("name", name, "1 to 64 small letters, digits, hyphens and underscores")
    return home.home() / "datasets" / name


def name_from(text: str) -> str:
    """A name made of a file's: ``My Flowers.zip`` without its ending becomes ``my-flowers``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:64] or "pictures"


def comparable(class_name: str) -> str:
    """A class name without what people write differently: case, spaces, hyphens, punctuation."""
    folded = unicodedata.normalize("NFKC", class_name).casefold()
    return "".join(character for character in folded if character.isalnum())
