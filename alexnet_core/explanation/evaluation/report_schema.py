"""What a report over many pictures says, and what it was asked for."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError
from alexnet_core.explanation.evaluation.localisation import Localisation
from alexnet_core.explanation.evaluation.metrics import QualityOptions
from alexnet_core.explanation.evaluation.statistics import Estimate

Correlation = Annotated[float, Field(ge=-1, le=1)]

# Reports that lie in a home, and scripts that read ``--json``, still say the old names; both go
# with the next release.
_OLD_NAMES = {"truth": "localisation", "forgetting": "parameter_randomisation"}
_OLD_LOCALISATION = {"inside": "relevance_mass_accuracy"}
_OLD_FIGURES = {"unexplained": "infidelity_normalised"}


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
    """On how many of the pictures the weights are randomised, layer by layer; 0 for none."""

    seed: int = Field(0, ge=0)
    """Of the choice of pictures, the fresh weights and the intervals."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.methods)) < len(self.methods):
            raise ConfigError("methods", ", ".join(self.methods), "each method once")
        return self


class ParameterRandomisation(Config):
    """How far one method's maps change when the network's weights are randomised (MPRT)."""

    layers: tuple[str, ...]
    """From the answers down; each step randomises one more."""

    correlations: tuple[Estimate | None, ...]
    """Mean rank correlation with the intact map after each step; None where maps are flat."""

    judged: str
    """The layer whose step decides: with it the whole classifier is random."""

    unchanged: bool
    """Whether the map is still the same then."""


class MethodSummary(Config):
    """What the pictures say of one method."""

    method: str

    title: str

    figures: dict[str, Estimate | None]
    """A name of `metrics.FIGURES` -> its mean; None where no picture has it."""

    failed: int
    """On how many pictures it gave no map that can be measured; no figure counts them."""

    localisation: Localisation | None
    """The object found; None where the data set has no masks."""

    parameter_randomisation: ParameterRandomisation | None
    """None where it was not asked for."""

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        own = _renamed(given, _OLD_NAMES)
        for field, names in (("localisation", _OLD_LOCALISATION), ("figures", _OLD_FIGURES)):
            if isinstance(own.get(field), dict):
                own[field] = _renamed(own[field], names)
        return own


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

    methods: tuple[MethodSummary, ...]

    by_chance: ByChance

    agreement: tuple[tuple[Correlation | None, ...], ...]
    """Mean rank correlation of every two methods, in their order; None where maps are flat."""

    refused: dict[str, str]
    """Method -> why this network can't be explained so; asked for by nobody, so left out."""

    sentence: str
    """Names the methods that hardly change with random weights; empty for none."""

    seconds: float
    """What all of it took."""

    def of(self, method: str) -> MethodSummary:
        """The summary of one method, which is among them."""
        return next(found for found in self.methods if found.method == method)


def document(report: Report) -> dict[str, Any]:
    """The report as ``--json`` prints it: by its fields' names, and for one release the old too."""
    whole = report.model_dump(mode="json")
    for method in whole["methods"]:
        _doubled(method["figures"], _OLD_FIGURES)
        if method["localisation"] is not None:
            _doubled(method["localisation"], _OLD_LOCALISATION)
        _doubled(method, _OLD_NAMES)
    return whole


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """With new names only; where both are there the new one counts."""
    own = {name: value for name, value in given.items() if name not in names}
    return {new: given[old] for old, new in names.items() if old in given} | own


def _doubled(fields: dict[str, Any], names: dict[str, str]) -> None:
    fields |= {old: fields[new] for old, new in names.items()}
