"""Whether a map finds the object, where the truth is known: on the drawn shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.config import Config
from alexnet_core.data.dataset import DrawnDataset
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError
from alexnet_core.explanation.evaluation.statistics import Estimate, estimate


@dataclass(frozen=True, kw_only=True)
class Pointing:
    """One map against the object's mask."""

    hit: float
    """1 where the hottest pixel lies on the object, else 0; of several, the share that does."""
    relevance_mass_accuracy: float | None
    """Share of the map's size (sum without signs) on the object; None where it is zero."""
    chance: float
    """Share of the picture that the object covers: what a map without knowledge expects of both."""


class Localisation(Config):
    """The same over many pictures, each with its 95 % interval."""

    hit: Estimate
    """How often the hottest pixel lies on the object."""

    relevance_mass_accuracy: Estimate | None
    """Share of the map on the object."""

    chance: Estimate
    """What chance expects of both."""

    hit_gain: Estimate
    """Hits beyond chance, picture by picture; an interval above zero says it is no chance."""

    gain: Estimate | None
    """The share beyond chance, picture by picture."""


def point(heat: NDArray[np.floating], mask: NDArray[np.bool_]) -> Pointing:
    """Score a map against the truth.

    Sources: the hottest pixel, Zhang et al., 2018, "Top-down Neural Attention by Excitation
    Backprop" (the pointing game, here without its margin); the share on the object, Arras, Osman
    and Samek, 2022, "CLEVR-XAI" (the relevance mass accuracy, here of the sizes), which Wang et
    al., 2020, "Score-CAM", call the energy-based pointing game.

    Args:
        heat: (S, S).
        mask: (S, S), true on the object, as `mask_of` gives it.

    Raises:
        ConfigError: the mask is of another size.
    """
    if mask.shape != heat.shape:
        raise ConfigError("mask", mask.shape, f"the size of the map, {heat.shape}")
    sizes = np.abs(heat).astype(np.float64)
    total = sizes.sum()
    return Pointing(
        hit=float(mask[heat == heat.max()].mean()),
        relevance_mass_accuracy=float(sizes[mask].sum() / total) if total else None,
        chance=float(mask.mean()),
    )


def mask_of(
    dataset: DrawnDataset, split: str, number: int, transform: Transform
) -> NDArray[np.bool_]:
    """Where the object is in what the network sees of a drawn picture, (S, S)."""
    drawn = Image.fromarray(dataset.mask(split, number).astype(np.uint8) * 255).convert("RGB")
    # Drawn pictures are square, so no framing adds borders that could be taken for the object.
    return transform.pixels(drawn)[:, :, 0] >= 128


def summarise(found: Sequence[Pointing], seed: int = 0) -> Localisation | None:
    """Means and intervals over pictures; None where there are none.

    Args:
        found: one a picture.
        seed: of the intervals' resampling.
    """
    hit = estimate([one.hit for one in found], seed)
    chance = estimate([one.chance for one in found], seed)
    hit_gain = estimate([one.hit - one.chance for one in found], seed)
    if hit is None or chance is None or hit_gain is None:
        return None
    shares = [one.relevance_mass_accuracy for one in found]
    gains = [
        None if share is None else share - one.chance
        for share, one in zip(shares, found, strict=True)
    ]
    return Localisation(
        hit=hit,
        relevance_mass_accuracy=estimate(shares, seed),
        chance=chance,
        hit_gain=hit_gain,
        gain=estimate(gains, seed),
    )
