"""The figures of a map: their names, what each means, and which way is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from alexnet_core.config import Config


class Quality(Config):
    """The figures of one map; `FIGURES` says what each means."""

    deletion: float
    insertion: float
    infidelity: float
    unexplained: float | None
    """None where hiding squares changes nothing."""
    sensitivity: float | None
    """None where it was not asked for."""
    sparseness: float | None
    """None where the map is zero everywhere."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a figure means."""

    title: str
    sentence: str
    better: Literal["lower", "higher", "neither"]


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "deletion": Figure(
            title="Deletion",
            sentence="Mean probability while the hottest pixels are taken away first.",
            better="lower",
        ),
        "insertion": Figure(
            title="Insertion",
            sentence="Mean probability while the hottest pixels are brought back first.",
            better="higher",
        ),
        "infidelity": Figure(
            title="Infidelity",
            sentence="How far the heat under hidden squares is from the fall of the logit, squared "
            "and in the map's best scale.",
            better="lower",
        ),
        "unexplained": Figure(
            title="Unexplained",
            sentence="Infidelity as a share: 0 tells every fall, 1 is no better than no map.",
            better="lower",
        ),
        "sensitivity": Figure(
            title="Sensitivity",
            sentence="How much the map changes, at most, when the picture hardly does.",
            better="lower",
        ),
        "sparseness": Figure(
            title="Sparseness",
            sentence="0 spreads the heat evenly over all pixels, 1 puts all of it in one.",
            better="neither",
        ),
        "seconds": Figure(title="Seconds", sentence="What the map took.", better="lower"),
    }
)
"""Name of a field of `Quality` -> what it means; the page, the command line and the docs read it.

Sources: deletion and insertion, Petsiuk et al., 2018; infidelity and sensitivity, Yeh et al.,
2019, "On the (In)fidelity and Sensitivity of Explanations"; sparseness, Chalasani et al., 2020,
"Concise Explanations of Neural Networks using Adversarial Training".
"""
