"""What a report over many pictures says, and what it was asked for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError
from alexnet_core.explanation.evaluation.localisation import Truth
from alexnet_core.explanation.evaluation.metrics import QualityOptions
from alexnet_core.explanation.evaluation.statistics import Estimate

Correlation = Annotated[float, Field(ge=-1, le=1)]


class ReportOptions(Config):
    """How many pictures are explained, by which methods, and how each map is measured.

    Raises:
        ConfigError: a field is not allowed, or a method is named twice.
    """

    n: int = Field(200, ge=1, le=10_000)
    """How many pictures, drawn at random; more make the intervals narrower and take longer."""

    split: Literal["train", "val", "test"] = "test"
    """Of the data set."""

    methods: tuple[str, ...] = ()
    """Which methods; none takes all but those that need many passes for one map."""

    quality: QualityOptions = QualityOptions(steps=16, disturbed=3)
    """How each map is measured."""

    sensitivity: int = Field(40, ge=0, le=10_000)
    """On how many of the pictures sensitivity is measured, which takes the longest."""

    sanity: int = Field(10, ge=0, le=1000)
    """On how many of the pictures the network forgets, layer by layer; 0 for none."""

    seed: int = Field(0, ge=0)
    """Of the choice of pictures, the fresh weights and the intervals."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.methods)) < len(self.methods):
            raise ConfigError("methods", ", ".join(self.methods), "each method once")
        return self


class Forgetting(Config):
    """How one method takes it that the network forgets."""

    layers: tuple[str, ...]
    """From the answers down; each step forgets one more."""

    correlations: tuple[Estimate | None, ...]
    """Mean rank correlation with the intact map after each step; None where maps are flat."""

    judged: str
    """The layer whose step decides: with it the whole classifier is forgotten."""

    unchanged: bool
    """Whether the map is still the same then."""


class MethodFindings(Config):
    """What the pictures say of one method."""

    method: str

    title: str

    figures: dict[str, Estimate | None]
    """A name of `figures.FIGURES` -> its mean; None where no picture has it."""

    failed: int
    """On how many pictures it gave no map that can be measured; no figure counts them."""

    truth: Truth | None
    """The object found; None where the data set has no masks."""

    forgetting: Forgetting | None
    """None where it was not asked for."""


class ByChance(Config):
    """What pixels in a random order score: a method has to do better."""

    deletion: Estimate

    insertion: Estimate


class Report(Config):
    """Methods compared over a sample of a data set; every mean with its 95 % interval."""

    model: str
    """Its reference."""

    dataset: str

    options: ReportOptions

    pictures: tuple[int, ...]
    """Which of the split."""

    methods: tuple[MethodFindings, ...]

    by_chance: ByChance

    agreement: tuple[tuple[Correlation | None, ...], ...]
    """Mean rank correlation of every two methods, in their order; None where maps are flat."""

    refused: dict[str, str]
    """Method -> why this network can't be explained so; asked for by nobody, so left out."""

    sentence: str
    """Names the methods that hardly change when the network forgets; empty for none."""

    seconds: float
    """What all of it took."""

    def of(self, method: str) -> MethodFindings:
        """The findings on one method, which is among them."""
        return next(found for found in self.methods if found.method == method)
