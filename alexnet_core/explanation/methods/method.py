"""What a row of the table of methods says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from alexnet_core.config import Config
from alexnet_core.models.config import AlexNetConfig

if TYPE_CHECKING:
    from torch import Tensor

    from alexnet_core.explanation.method_input import Subject

Cost = Literal["gradient", "steps", "perturbation"]
"""One or two passes; a batch of passes with gradients; many passes without."""

Gives = Literal["input", "map"]
"""A number for each colour of each pixel, (3, S, S); or one for each place, (S, S)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What a method gives."""

    values: Tensor
    """(3, S, S), or (S, S) where the method gives a map."""
    total: float | None = None
    """For methods that share a number out: the sum of the shares, before any enlarging."""
    baselines: Tensor | None = None
    """(K, 3, S, S) the pictures that the shares are counted from, where there are any."""


def never(config: AlexNetConfig, options: Any) -> str:
    """Refuse nothing."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to explain."""

    name: str
    """As on the command line and in links."""
    title: str
    """As on screen."""
    paper: str
    """Authors, year, title."""
    sentence: str
    """What it does, in one plain sentence."""
    options: type[Config]
    """What can be set, with bounds, defaults and a docstring under each field."""
    cost: Cost
    gives: Gives = "input"
    run: Callable[[Subject, Any], Result] = field(repr=False)
    """Computes it; called by `attribution.explain` alone."""
    refuses: Callable[[AlexNetConfig, Any], str] = field(default=never, repr=False)
    """One sentence why this network can't be explained so with these options, or nothing."""
