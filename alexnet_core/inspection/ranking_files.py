"""Where rankings lie: one file for each checkpoint, data set and split."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialise

from alexnet_core import files, home
from alexnet_core.data.datasets import Dataset
from alexnet_core.errors import ConfigError
from alexnet_core.inspection.top_activations import LayerTopActivations, Ranking, TopActivations
from alexnet_core.models.fingerprint import fingerprint
from alexnet_core.models.library import LoadedModel

_VERSION = 1
_FIELDS = ("values", "pictures", "positions", "fired")


def key(model: LoadedModel, dataset: Dataset, split: str) -> str:
    """The name of a ranking, in hex: another checkpoint or other pictures, another name."""
    text = f"{_VERSION} {fingerprint(model)} {dataset.card.fingerprint} {split}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def path_of(name: str) -> Path:
    """Where the ranking of that `key` lies, or would."""
    return home.home() / "inspection" / f"{name}.safetensors"


def lock_of(name: str) -> Path:
    """The lock that one process holds while it makes that ranking; its folder is there.

    Raises:
        HomeError: the folder can't be created or written.
    """
    return home.folder("inspection") / f"{name}.lock"


def save(name: str, found: TopActivations) -> None:
    """Write a ranking down; all of it appears at once, or nothing.

    Raises:
        DiskFullError, HomeError: it can't be written.
    """
    tensors = {"sizes": found.sizes, "labels": found.labels}
    for layer, ranks in found.layers.items():
        tensors |= {f"{layer}.{field}": getattr(ranks, field) for field in _FIELDS}
    metadata = {"about": found.about.to_json(), "layers": " ".join(found.layers)}
    with files.replacing(path_of(name)) as temporary:
        # Bytes first: a full disk then raises an OSError, which a library of its own would hide.
        temporary.write_bytes(serialise(tensors, metadata))


def load(name: str) -> TopActivations | None:
    """The ranking of that `key`; None where there is none, or it is damaged."""
    try:
        with safe_open(path_of(name), framework="np") as opened:
            metadata = opened.metadata() or {}
            return TopActivations(
                about=Ranking.from_json(metadata.get("about", "")),
                sizes=opened.get_tensor("sizes"),
                labels=opened.get_tensor("labels"),
                layers={
                    layer: LayerTopActivations(
                        **{field: opened.get_tensor(f"{layer}.{field}") for field in _FIELDS}
                    )
                    for layer in metadata.get("layers", "").split()
                },
            )
    except (OSError, SafetensorError, ConfigError):
        # It will be computed anew.
        return None
