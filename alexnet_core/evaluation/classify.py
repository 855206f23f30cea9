"""One picture, one model: the likeliest classes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_core.data.images import Picture
from alexnet_core.errors import ConfigError
from alexnet_core.models.library import LoadedModel


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One class and what the network says of it."""

    label: str
    index: int
    """Which of the network's outputs."""
    probability: float
    """Share of the softmax over all classes, 0 to 1."""
    logit: float
    """The output itself."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Classification:
    """What a model makes of a picture."""

    predictions: tuple[Prediction, ...]
    """The likeliest classes, best first."""
    seconds: float
    """From the decoded picture to the answer."""
    input_pixels: NDArray[np.uint8]
    """What the network saw before normalising: (input_size, input_size, 3)."""


def classify(
    model: LoadedModel, picture: Picture | NDArray[np.uint8], top: int = 5
) -> Classification:
    """Ask a model for the ``top`` likeliest classes of a picture, or all if it has fewer.

    Args:
        model: its lock is held meanwhile.
        picture: a photo, or pixels (input_size, input_size, 3) that are already cut to size.
        top: how many classes.

    Raises:
        ConfigError: ``top`` is below 1.
    """
    if top < 1:
        raise ConfigError("top", top, "1 or more")
    started = time.perf_counter()
    pixels = picture if isinstance(picture, np.ndarray) else model.transform.pixels(picture.image)
    with model.lock, torch.inference_mode():
        device = next(model.network.parameters()).device
        batch = torch.from_numpy(pixels.copy())[None].to(device)
        logits = model.network(model.transform.normalise(batch))[0].float().cpu()
    probabilities = logits.softmax(0)
    best = probabilities.topk(min(top, len(logits))).indices.tolist()
    predictions = tuple(
        Prediction(
            label=model.categories[index],
            index=index,
            probability=float(probabilities[index]),
            logit=float(logits[index]),
        )
        for index in best
    )
    seconds = time.perf_counter() - started
    return Classification(predictions=predictions, seconds=seconds, input_pixels=pixels)
