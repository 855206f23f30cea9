"""What is explained: the predicted class, any class, a contrast of two, or a unit of any layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection.arithmetic.value import check_place
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel


class Target(Config):
    """The question that an explanation answers: what made this number as large as it is?

    Raises:
        ConfigError: a field is not allowed, or a unit and a class are asked for at once.
    """

    index: int | None = Field(None, ge=0)
    """Which class; none takes the one that the network predicts for this picture."""

    against: int | None = Field(None, ge=0)
    """Explain why the class and not this one: the difference of their two logits."""

    layer: str | None = None
    """Ask about a unit of this layer instead of a class."""

    unit: int | None = Field(None, ge=0)
    """Which channel of the layer's maps, or which unit of a flat layer."""

    at: Literal["strongest", "mean"] = "strongest"
    """A unit's maps as one number: where it is strongest on this picture, or their mean."""

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.layer is None) != (self.unit is None):
            raise ConfigError("unit", self.unit, "a layer and a unit together, or neither")
        if self.layer is not None and (self.index is not None or self.against is not None):
            raise ConfigError("layer", self.layer, "none where a class is asked about")
        if self.against is not None and self.against == self.index:
            raise ConfigError("against", self.against, f"another class than {self.index}")
        return self


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A target on one picture, in names for people."""

    index: int | None
    """The class, also where it is the predicted one; None for a unit."""
    against: int | None
    layer: str | None
    unit: int | None
    at: Literal["strongest", "mean"]
    label: str
    """In words, such as ``cat``, ``cat and not dog`` or ``unit 7 of conv3``."""


def check(model: LoadedModel, target: Target) -> None:
    """Refuse what the network does not have, before anything is computed.

    Raises:
        UnknownNameError: there is no such layer.
        ConfigError: there is no such class or unit.
    """
    if target.layer is not None and target.unit is not None:
        check_place(target.layer, model.config.layer(target.layer).out_shape, target.unit)
    for field in ("index", "against"):
        value = getattr(target, field)
        if value is not None and value >= model.config.num_classes:
            raise ConfigError(field, value, f"0 to {model.config.num_classes - 1}, the classes")


def resolve(
    model: LoadedModel, target: Target, probabilities: NDArray[np.floating] | Sequence[float]
) -> Resolved:
    """Settle which class is meant, and name it.

    Args:
        model: whose classes and layers are meant.
        target: what was asked for.
        probabilities: (classes,) what the network says of the picture; their order alone counts,
            so logits do as well.

    Raises:
        UnknownNameError: there is no such layer.
        ConfigError: there is no such class or unit, or the predicted class is set against itself.
    """
    check(model, target)
    if target.layer is not None:
        how = " (mean)" if target.at == "mean" and _has_maps(model.config, target.layer) else ""
        label = f"unit {target.unit} of {target.layer}{how}"
        index = None
    else:
        index = int(np.argmax(probabilities)) if target.index is None else target.index
        if index == target.against:
            raise ConfigError("against", index, f"another class than the predicted one, {index}")
        label = model.categories[index]
        if target.against is not None:
            label += f" and not {model.categories[target.against]}"
    return Resolved(
        index=index,
        against=target.against,
        layer=target.layer,
        unit=target.unit,
        at=target.at,
        label=label,
    )


def class_of(model: LoadedModel, name: str) -> int:
    """The class of that name, or of that number, counted from 0.

    Raises:
        UnknownNameError: the model knows no such class.
    """
    folded = [category.casefold() for category in model.categories]
    if name.casefold() in folded:
        return folded.index(name.casefold())
    if name.isdecimal() and int(name) < len(folded):
        return int(name)
    raise UnknownNameError("target", name, model.categories)


def _has_maps(config: AlexNetConfig, layer: str) -> bool:
    return len(config.layer(layer).out_shape) == 3
