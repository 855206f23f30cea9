"""torchvision's ImageNet weights of AlexNet: fetched on request, or brought as a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from alexnet_core import home
from alexnet_core.data import transforms
from alexnet_core.errors import CheckpointError
from alexnet_core.fetching import Progress, fetch
from alexnet_core.models import checkpoint, variants, weight_fit

URL = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
"""``torchvision.models.AlexNet_Weights.IMAGENET1K_V1``; a test holds the two equal."""

HASH_START = "7be5be79"
"""How the SHA-256 of that file begins."""


def folder() -> Path:
    """The checkpoint that the weights become in the lab's home; may not exist yet."""
    return home.home() / "weights" / "imagenet"


def download_imagenet(progress: Progress | None = None) -> Path:
    """Fetch the weights (233 MB) and keep them as a checkpoint; at once where they are here.

    Args:
        progress: called with the bytes that are here and those of the whole (0 while unknown).

    Returns:
        The checkpoint's folder.

    Raises:
        DownloadError: no network, or it arrived damaged; the message says how to go by hand. What
            came before the connection broke is kept for the next try.
        DiskFullError, HomeError: it can't be kept.
    """
    if folder().is_dir():
        return folder()
    arrived = fetch(
        URL,
        home.folder("weights") / URL.rpartition("/")[2],
        checksum=f"sha256:{HASH_START}",
        progress=progress,
        by_hand=f"fetch {URL} on another machine and bring it with "
        "`alexnet-lab weights import FILE`",
    )
    try:
        return import_imagenet(arrived)
    finally:
        arrived.unlink()


def import_imagenet(file: Path) -> Path:
    """Keep the weights from a file that was fetched elsewhere; the file stays as it is.

    Returns:
        The checkpoint's folder.

    Raises:
        CheckpointError: the file can't be read or is not torchvision's.
        DiskFullError, HomeError: it can't be kept.
    """
    if folder().is_dir():
        return folder()
    try:
        genuine = _is_genuine(file)
    except OSError as error:
        raise CheckpointError(f"{file} can't be read ({error.strerror or error}).") from error
    if not genuine:
        raise CheckpointError(
            f"{file} is not the file that torchvision publishes at {URL}: its hash differs."
        )
    config = variants.get("alexnet-owt").config
    network = weight_fit.blank(config)
    weight_fit.fit(network, checkpoint.load_weights(file))
    card = checkpoint.Card(
        model=config,
        categories=categories(),
        transform=transforms.imagenet(),
        metrics={"test_top1": 0.56522, "test_top5": 0.79066},
        recipe="torchvision",
        dataset="imagenet",
        note=f"torchvision's weights IMAGENET1K_V1 from {URL}; torchvision states the accuracy.",
    )
    home.folder("weights")
    checkpoint.save(folder(), network.state_dict(), card)
    return folder()


def categories() -> tuple[str, ...]:
    """The names of ImageNet's 1,000 classes; imports torchvision, which takes seconds."""
    from torchvision.models import AlexNet_Weights

    return tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])


def _is_genuine(file: Path) -> bool:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest().startswith(HASH_START)
