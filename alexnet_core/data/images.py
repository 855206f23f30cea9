"""Untrusted bytes in, an RGB picture out.

A file's name and the type that a browser states prove nothing, so the bytes decide. The order of
the checks matters: bytes are counted before anything reads them, pixels before anything decodes
them, and only then is the picture really decoded (Pillow's ``verify`` accepts a JPEG whose second
half is missing).
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.errors import (
    ImageError,
    ImageTooLargeError,
    TruncatedImageError,
    UnsupportedImageError,
)


class ImageFormat(NamedTuple):
    """A format that the lab reads."""

    name: str
    """Pillow's."""

    title: str
    """As people write it."""

    magic: tuple[bytes, ...]
    """What a file of it begins with; this decides."""

    suffixes: tuple[str, ...]
    """What its files are usually called, without the dot; proves nothing."""


# Pillow knows many more; each is more code that hostile bytes can reach.
TABLE = (
    ImageFormat("JPEG", "JPEG", (b"\xff\xd8\xff",), ("jpg", "jpeg")),
    ImageFormat("PNG", "PNG", (b"\x89PNG",), ("png",)),
    ImageFormat("WEBP", "WebP", (b"RIFF",), ("webp",)),
    ImageFormat("BMP", "BMP", (b"BM",), ("bmp",)),
    ImageFormat("GIF", "GIF", (b"GIF8",), ("gif",)),
    ImageFormat("TIFF", "TIFF", (b"II*\0", b"MM\0*"), ("tif", "tiff")),
)
"""What the lab reads: uploads, previews, imports and commands have no other list."""

FORMATS = tuple(format_.name for format_ in TABLE)
"""Pillow's names of the formats."""

SUFFIXES = tuple(suffix for format_ in TABLE for suffix in format_.suffixes)
"""What a file chooser offers; what arrives is judged by its bytes."""

TITLES = f"{', '.join(format_.title for format_ in TABLE[:-1])} or {TABLE[-1].title}"
"""The formats in words."""

_LONGEST_NAME = 120
_ORIENTATION = 0x0112


class ImageLimits(Config):
    """What a picture may weigh before it is refused unseen."""

    max_bytes: int = Field(50 * 2**20, ge=1)
    """Largest file in bytes."""

    max_pixels: int = Field(64_000_000, ge=1)
    """Largest width times height; 64 million decode to 192 MB."""


LIMITS = ImageLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture and what is known of its file."""

    image: Image.Image
    """Upright, RGB, 8 bits a channel."""

    sha256: str
    """Of the file's bytes, in hex: the picture's identity in every cache."""

    format: str
    """One of `FORMATS`."""

    name: str
    """The file's name, safe to show: no folders, no control characters."""

    original_size: tuple[int, int]
    """Width and height as stored, before the turn that EXIF asks for."""

    notes: tuple[str, ...]
    """What was done to make it RGB, a short phrase each; empty for a plain RGB picture."""


def read(path: Path, limits: ImageLimits = LIMITS) -> Picture:
    """Decode a file; as `decode`.

    Raises:
        ImageError: also when the file can't be read.
    """
    name = safe_name(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except OSError as error:
        raise ImageError(f"{name} can't be read ({error.strerror or error}).") from error
    return decode(data, name=name, limits=limits)


def decode(data: bytes, *, name: str = "picture", limits: ImageLimits = LIMITS) -> Picture:
    """Decode bytes from anywhere.

    Args:
        data: the whole file. Its first frame counts if it is an animation.
        name: what the file called itself, for messages; never used as a path.
        limits: sizes beyond which it is refused before decoding.

    Raises:
        ImageTooLargeError: too many bytes or pixels.
        UnsupportedImageError: not one of `FORMATS`.
        TruncatedImageError: the file ends before the picture does.
        ImageError: empty or damaged.
    """
    name = safe_name(name)
    if not data:
        raise ImageError(f"{name} is empty.")
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"{name} has more than {limits.max_bytes / 2**20:.0f} MB; the lab stops there."
        )
    try:
        opened = _opened(data, name, limits)
        size = opened.size
        opened.load()
        image, notes = _rgb(opened)
    except ImageError:
        raise
    except Exception as error:
        # Pillow's parsers meet hostile bytes here and may raise nearly anything: OSError,
        # SyntaxError, struct.error, IndexError, zlib.error, MemoryError. None is our bug.
        raise _explained(error, name, data) from error
    # A phone's JPEG with a second picture inside is MPO to Pillow.
    format_ = "JPEG" if opened.format == "MPO" else str(opened.format)
    return Picture(image, hashlib.sha256(data).hexdigest(), format_, name, size, notes)


def safe_name(name: str) -> str:
    """A file's own name without folders or characters that could mislead a reader.

    ``../../x.png`` becomes ``x.png``; control and direction characters go.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if not unicodedata.category(c).startswith("C")).strip()
    return shown[-_LONGEST_NAME:] if shown not in ("", ".", "..") else "picture"


def may_be_picture(path: str) -> bool:
    """Whether a file's name does not say that it is something else; its bytes decide later."""
    if path.rpartition(".")[2].lower() in SUFFIXES:
        return True
    kind, _ = mimetypes.guess_type(path)
    return kind is None or kind.startswith("image/")


def _opened(data: bytes, name: str, limits: ImageLimits) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name, limits) from error
    if image.width * image.height > limits.max_pixels:
        raise _too_many_pixels(name, limits)
    return image


def _too_many_pixels(name: str, limits: ImageLimits) -> ImageTooLargeError:
    most = limits.max_pixels / 1e6
    return ImageTooLargeError(f"{name} has more than {most:g} million pixels; the lab stops there.")


def _explained(error: Exception, name: str, data: bytes) -> ImageError:
    kind = next((format_.title for format_ in TABLE if data.startswith(format_.magic)), None)
    if isinstance(error, UnidentifiedImageError) and kind is None:
        return UnsupportedImageError(f"{name} is {_guessed(data)}, not a picture ({TITLES}).")
    # Pillow gives up on a file that breaks off within its header without saying so.
    early = isinstance(error, UnidentifiedImageError | EOFError)
    # A WebP states its own length; its decoder only says no.
    early |= kind == "WebP" and len(data) < 8 + int.from_bytes(data[4:8], "little")
    if early or any(word in str(error).lower() for word in ("truncated", "broken", "not enough")):
        return TruncatedImageError(f"{name} is cut off: the {kind or 'file'} ends too early.")
    return ImageError(f"{name} is a damaged {kind or 'picture'} and can't be decoded.")


def _guessed(data: bytes) -> str:
    start = data[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "a web page (HTML)"
    if b"<svg" in start:
        return "a vector drawing (SVG)"
    if start[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "a HEIC or AVIF file (export it as JPEG)"
    if start.startswith(b"%pdf"):
        return "a PDF"
    return "some other kind of file"


def _rgb(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    notes = []
    if getattr(image, "is_animated", False):
        notes.append("first frame of an animation")
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
        notes.append("turned upright as its EXIF data say")
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image, tuple(notes)
    if mode.startswith("I") or mode == "F":
        notes.append("16 or 32 bits scaled to 8")
        return _eight_bits(image).convert("RGB"), tuple(notes)
    if image.has_transparency_data:
        notes.append("transparent parts laid on white")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB"), tuple(notes)
    notes.append("grey shown as RGB" if mode in ("1", "L") else f"{mode} converted to RGB")
    return image.convert("RGB"), tuple(notes)


def _eight_bits(image: Image.Image) -> Image.Image:
    # ``convert`` would clip: everything above 255 of 65,535 would come out white.
    levels = np.nan_to_num(np.asarray(image).astype(np.float32))
    lowest, highest = float(levels.min()), float(levels.max())
    if image.mode.startswith("I;16") or (lowest >= 0 and 255 < highest <= 65_535):
        lowest, highest = 0.0, 65_535.0
    elif lowest >= 0 and highest <= 255:
        # Whole numbers that fit already, or a float picture from 0 to 1.
        lowest, highest = 0.0, 1.0 if image.mode == "F" and highest <= 1 else 255.0
    scaled: NDArray[np.float32] = (levels - lowest) * (255 / max(highest - lowest, 1e-9))
    return Image.fromarray(scaled.round().clip(0, 255).astype(np.uint8))
