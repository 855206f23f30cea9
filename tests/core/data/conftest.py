"""Small sources to import from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Picture = Callable[..., bytes]
Folder = Callable[[Mapping[str, bytes]], Path]


@pytest.fixture
def png() -> Picture:
    """A function that gives a PNG of random levels; another seed, other levels."""

    def make(seed: int = 0, size: tuple[int, int] = (12, 10)) -> bytes:
        levels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(levels).save(buffer, "PNG")
        return buffer.getvalue()

    return make


@pytest.fixture
def two_classes(png: Picture) -> dict[str, bytes]:
    """Ten cats and ten dogs: path -> bytes."""
    return {
        f"{animal}/{number}.png": png(place * 10 + number)
        for place, animal in enumerate(("cat", "dog"))
        for number in range(10)
    }


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A function that writes files below a new folder."""

    def write(content: Mapping[str, bytes]) -> Path:
        root = tmp_path / "My Pets"
        for path, data in content.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    return write


@pytest.fixture
def zipped(tmp_path: Path) -> Folder:
    """A function that writes files into a new ZIP."""

    def write(content: Mapping[str, bytes]) -> Path:
        path = tmp_path / "pets.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return path

    return write
