"""What torchvision knows of each published data set: addresses, checksums, its own format.

torchvision is imported within the functions only; it takes seconds.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple


class Download(NamedTuple):
    """One file of a published set."""

    url: str
    path: str
    """Where torchvision looks for it, below its root."""
    md5: str


class Sample(NamedTuple):
    """One picture of a published set."""

    split: str
    class_name: str
    read: Callable[[], bytes]


class Published(NamedTuple):
    """How to get at a published set."""

    downloads: list[Download]
    samples: Callable[[Path], Iterator[Sample]]
    """Unpack what was downloaded below a root, then list every picture."""


def _cifar(which: str) -> Published:
    from torchvision import datasets as published

    set_ = getattr(published, which)

    def samples(root: Path) -> Iterator[Sample]:
        for split in ("train", "test"):
            part = set_(root, train=split == "train", download=True)
            for number, label in enumerate(part.targets):
                yield Sample(split, part.classes[label], partial(_png, part, number))

    return Published([Download(set_.url, set_.filename, set_.tgz_md5)], samples)


def _fashion() -> Published:
    from torchvision.datasets import FashionMNIST

    def samples(root: Path) -> Iterator[Sample]:
        for split in ("train", "test"):
            part = FashionMNIST(root, train=split == "train", download=True)
            for number, label in enumerate(part.targets.tolist()):
                yield Sample(split, part.classes[label], partial(_png, part, number))

    mirror = FashionMNIST.mirrors[0]
    downloads = [
        Download(mirror + file, f"FashionMNIST/raw/{file}", md5)
        for file, md5 in FashionMNIST.resources
    ]
    return Published(downloads, samples)


# torchvision keeps the addresses, paths and labels of the next three to itself; a test notices
# when they move.
def _flowers() -> Published:
    from torchvision.datasets import Flowers102

    def samples(root: Path) -> Iterator[Sample]:
        for split in ("train", "val", "test"):
            part = Flowers102(root, split=split, download=True)
            for path, label in zip(part._image_files, part._labels, strict=True):
                yield Sample(split, part.classes[label], path.read_bytes)

    downloads = [
        Download(Flowers102._download_url_prefix + file, f"flowers-102/{file}", md5)
        for file, md5 in Flowers102._file_dict.values()
    ]
    return Published(downloads, samples)


def _imagenette() -> Published:
    from torchvision.datasets import Imagenette

    url, md5 = Imagenette._ARCHIVES["160px"]

    def samples(root: Path) -> Iterator[Sample]:
        for split in ("train", "val"):
            part = Imagenette(root, split=split, size="160px", download=True)
            for path, label in part._samples:
                yield Sample(split, part.classes[label][0], Path(path).read_bytes)

    return Published([Download(url, Path(url).name, md5)], samples)


def _pets() -> Published:
    from torchvision.datasets import OxfordIIITPet

    def samples(root: Path) -> Iterator[Sample]:
        for split, theirs in (("train", "trainval"), ("test", "test")):
            part = OxfordIIITPet(root, split=theirs, download=True)
            for path, label in zip(part._images, part._labels, strict=True):
                yield Sample(split, part.classes[label], path.read_bytes)

    downloads = [
        Download(url, f"oxford-iiit-pet/{Path(url).name}", md5)
        for url, md5 in OxfordIIITPet._RESOURCES
    ]
    return Published(downloads, samples)


def _png(part: Any, number: int) -> bytes:
    """A picture that was published as an array; PNG keeps every level."""
    buffer = io.BytesIO()
    part[number][0].save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _tiny_imagenet() -> Published:
    from alexnet_core.data.importing.archives import ArchiveLimits, ZipSource
    from alexnet_core.data.importing.tiny_imagenet import layout_of

    # The checksum is the one that public loaders state.
    url = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
    download = Download(url, Path(url).name, "90528d7ca1a48142e341f4ef8d21d0de")

    def samples(root: Path) -> Iterator[Sample]:
        archive = ZipSource(root / download.path, ArchiveLimits())
        listed, _ = archive.files()
        for member in layout_of(archive, listed).members:
            assert member.split is not None
            yield Sample(member.split, member.class_name, partial(archive.read, member.file))

    return Published([download], samples)


PUBLISHED: dict[str, Callable[[], Published]] = {
    "cifar10": partial(_cifar, "CIFAR10"),
    "cifar100": partial(_cifar, "CIFAR100"),
    "fashion-mnist": _fashion,
    "flowers102": _flowers,
    "imagenette": _imagenette,
    "oxford-pets": _pets,
    "tiny-imagenet": _tiny_imagenet,
}
"""Name of a set -> a function that says how to get at it."""
