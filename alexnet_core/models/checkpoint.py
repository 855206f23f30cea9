"""A checkpoint: an immutable folder of weights and the card that says what they are.

``weights.safetensors`` holds the tensors and a copy of the card, ``card.json`` the card with the
hash of the weights, and ``resume.pt``, where a run can go on, what the optimizer knew.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from pydantic import model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor

from alexnet_core import files
from alexnet_core.config import Config
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, ConfigError, UnsafeCheckpointError
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.foreign import pytorch

WEIGHTS, CARD, RESUME = "weights.safetensors", "card.json", "resume.pt"

_MOST_CARD_BYTES = 16 * 2**20


class Card(Config):
    """What weights are, what they answer and where they come from.

    Raises:
        ConfigError: the categories or the transform do not fit the network.
    """

    model: AlexNetConfig
    """The network that the weights belong to."""

    categories: tuple[str, ...]
    """Names of the classes, in the order of the network's outputs."""

    transform: Transform
    """How a picture becomes the network's input."""

    metrics: dict[str, float] = {}
    """What was measured, such as ``test_top1`` (0 to 1)."""

    recipe: str = ""
    """The recipe that the run began with."""

    dataset: str = ""
    """The data set that it was trained on."""

    data_fingerprint: str = ""
    """Which pictures these were: the data set's own hash."""

    epoch: int = 0
    """Epochs of training behind these weights."""

    versions: dict[str, str] = {}
    """The software that trained it."""

    weights_sha256: str = ""
    """Hash of ``weights.safetensors`` in hex; `save` fills it in."""

    weights_dtype: str = ""
    """Number format of the stored weights; `save` fills it in."""

    created: str = ""
    """When, as ISO 8601."""

    command: str = ""
    """What a person types to train it again."""

    seconds: float | None = None
    """How long the training took."""

    note: str = ""
    """What else a reader should know."""

    config: dict[str, Any] = {}
    """The whole config of the run."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.categories) != self.model.num_classes:
            allowed = f"{self.model.num_classes} names, one for each class of the model"
            raise ConfigError("categories", f"{len(self.categories)} names", allowed)
        if self.transform.input_size != self.model.input_size:
            allowed = f"{self.model.input_size}, the model's own"
            raise ConfigError("transform.input_size", self.transform.input_size, allowed)
        return self


def save(
    folder: Path,
    network_state: Mapping[str, Tensor],
    card: Card,
    resume: Mapping[str, Any] | None = None,
) -> Card:
    """Publish a checkpoint: all of it appears at once, or nothing.

    Args:
        folder: where; must not exist yet.
        network_state: the network's tensors, on any device and in any number format.
        card: what they are.
        resume: tensors, numbers, texts and containers of them, for `load_resume`.

    Returns:
        The card as published, with the hash of the weights.

    Raises:
        FileExistsError: the folder is there already.
        DiskFullError, HomeError: it can't be written.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in network_state.items()}
    floats = {str(value.dtype) for value in tensors.values() if value.is_floating_point()}
    dtype = " and ".join(sorted(name.removeprefix("torch.") for name in floats))
    card = card.replace(weights_dtype=dtype, weights_sha256="")
    with files.new_folder(folder) as temporary:
        weights = temporary / WEIGHTS
        # Bytes first: a full disk then raises an OSError, which a library of its own would hide.
        weights.write_bytes(serialise(tensors, {"format": "pt", "card": card.to_json()}))
        card = card.replace(weights_sha256=_sha256(weights))
        (temporary / CARD).write_text(card.to_json() + "\n", encoding="utf-8")
        if resume is not None:
            # torch.save would answer a full disk with a RuntimeError.
            buffer = io.BytesIO()
            torch.save(dict(resume), buffer)
            (temporary / RESUME).write_bytes(buffer.getbuffer())
    return card


def load(folder: Path) -> tuple[Card, dict[str, Tensor]]:
    """The card and the weights of a checkpoint, whose hash is checked.

    Raises:
        CheckpointError: something is missing or damaged, or the weights are not the card's.
    """
    card = load_card(folder)
    weights = load_weights(folder)
    if card.weights_sha256 and card.weights_sha256 != _sha256(folder / WEIGHTS):
        raise CheckpointError(f"{folder / WEIGHTS} is damaged: its hash is not the card's.")
    return card, weights


def load_card(path: Path) -> Card:
    """The card of a checkpoint folder, or a ``.json`` that holds one.

    Raises:
        CheckpointError: there is none, or it can't be read.
    """
    path = path / CARD if path.is_dir() else path
    try:
        if path.stat().st_size > _MOST_CARD_BYTES:
            raise CheckpointError(f"{path} is too large for a card.")
        return _parse_card(path, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"No card can be read from {path} ({error}).") from error


def card_inside(path: Path) -> Card | None:
    """The copy of the card in a file that `save` wrote; None in any other file of weights.

    Raises:
        CheckpointError: the copy is damaged.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            text = (opened.metadata() or {}).get("card")
    except SafetensorError:
        return None
    return None if text is None else _parse_card(path, text)


def load_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint folder or of a file from anywhere; see `foreign.read`.

    Raises:
        CheckpointError: missing, damaged, too large, or no file of weights.
        UnsafeCheckpointError: it would run code.
    """
    return pytorch.read(path / WEIGHTS if path.is_dir() else path)


def load_resume(folder: Path) -> dict[str, Any]:
    """What `save` was given as ``resume``, on the CPU.

    Raises:
        CheckpointError: there is none, or it is damaged.
        UnsafeCheckpointError: it would run code.
    """
    path = folder / RESUME
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UnsafeCheckpointError(f"{path} could run code, so it is not loaded.") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} holds nothing to go on from.") from error
    except (RuntimeError, EOFError, ValueError, OSError) as error:
        raise CheckpointError(f"{path} is damaged or cut short.") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path} holds no state of a run.")
    return loaded


def _parse_card(path: Path, text: str) -> Card:
    try:
        return Card.from_json(text)
    except ConfigError as error:
        raise CheckpointError(f"{path} holds no usable card: {error}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
