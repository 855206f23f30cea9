"""Methods compared over many pictures of a data set, each mean with an interval."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from alexnet_core.data import datasets
from alexnet_core.data.dataset import Dataset, DrawnDataset
from alexnet_core.errors import CancelledError, CheckpointError, ConfigError, DataError, LabError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.evaluation import localisation, parameter_randomisation, report_files
from alexnet_core.explanation.evaluation.deletion_insertion import Curve
from alexnet_core.explanation.evaluation.localisation import Pointing
from alexnet_core.explanation.evaluation.metrics import FIGURES, Bench, Quality
from alexnet_core.explanation.evaluation.report_schema import (
    ByChance,
    MethodSummary,
    ParameterRandomisation,
    Report,
    ReportOptions,
)
from alexnet_core.explanation.evaluation.statistics import (
    Agreement,
    Estimate,
    agreement,
    estimate,
    mean_agreement,
)
from alexnet_core.explanation.methods import registry
from alexnet_core.models.alexnet import build
from alexnet_core.models.library import LoadedModel

__all__ = ["Report", "ReportOptions", "load", "make", "usual"]

_Found = TypeVar("_Found")

Progress = Callable[[int, int], None]
"""Called with the pictures that are done and the pictures in all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Seen:
    """One picture."""

    qualities: Mapping[str, Quality]
    """Method -> figures of its map; without those that gave none."""
    points: Mapping[str, Pointing]
    """Method -> the object found; empty where no truth is known."""
    agreement: Agreement
    correlations: Mapping[str, tuple[float | None, ...]]
    """Method -> rank correlation with the intact map for each layer randomised, from the top."""
    by_chance: tuple[Curve, Curve]
    """Deletion and insertion in a random order."""


def load(model: LoadedModel, dataset: str, options: ReportOptions | None = None) -> Report | None:
    """What `make` found earlier; None where it has yet to be worked out.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    wanted = options or ReportOptions()
    return report_files.load(report_files.path_of(model, datasets.open(dataset), wanted))


def usual(model: LoadedModel) -> tuple[tuple[str, ...], dict[str, str]]:
    """The methods of a report that names none, and those left out as the network refuses them.

    Methods that need many passes for one map are left out too: over many pictures they take
    hours.
    """
    cheap = [method for method in registry.METHODS.values() if method.cost != "perturbation"]
    refused = {method.name: method.refuses(model.config, method.options()) for method in cheap}
    chosen = tuple(name for name, why in refused.items() if not why)
    return chosen, {name: why for name, why in refused.items() if why}


def make(
    model: LoadedModel,
    dataset: str,
    options: ReportOptions | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Explain the predicted class of many pictures by many methods, and measure every map.

    Stored with the checkpoint, so that a second call for the same only reads.

    Args:
        model: not changed.
        dataset: name of the data set. Its classes need not be the model's.
        options: None for the defaults.
        progress: called after each picture.
        cancelled: asked again and again; once it says yes, nothing is kept.

    Raises:
        UnknownNameError, DatasetNotHereError: no such data set here, or no such method.
        ConfigError: the network refuses a method that was asked for.
        DataError, ImageError: the data set has no such pictures, or they vanished meanwhile.
        CancelledError: somebody cancelled it.
        DiskFullError, HomeError: the report can't be written.
        CheckpointError: the network gives NaN or infinity.
    """
    wanted = options or ReportOptions()
    opened = datasets.open(dataset)
    found = report_files.load(report_files.path_of(model, opened, wanted))
    if found is not None:
        return found
    if not opened.length(wanted.split):
        raise DataError(f"{dataset} has no {wanted.split} split.")
    names, refused = (wanted.methods, {}) if wanted.methods else usual(model)
    _check(model, names)
    started = time.perf_counter()
    numbers = _sample(opened.length(wanted.split), wanted)
    seen = []
    for place, number in enumerate(numbers):
        seen.append(_look(model, opened, number, place, names, wanted, cancelled))
        if progress:
            progress(place + 1, len(numbers))
    report = _summarise(
        seen,
        model=model,
        dataset=dataset,
        options=wanted,
        methods=names,
        pictures=numbers,
        refused=refused,
        seconds=time.perf_counter() - started,
    )
    report_files.save(report_files.path_of(model, opened, wanted), report)
    return report


def _look(
    model: LoadedModel,
    dataset: Dataset,
    number: int,
    place: int,
    names: tuple[str, ...],
    options: ReportOptions,
    cancelled: Callable[[], bool],
) -> _Seen:
    """Everything about one picture, of which ``place`` were looked at before."""
    pixels = model.transform.pixels(dataset.picture(options.split, number).image)
    maps = _each(names, lambda name: explain(model, pixels, name, cancelled=cancelled))
    if not maps:
        raise DataError(f"No method could explain picture {number} of {dataset.card.name}.")
    # A map without heat agrees with nothing, as one that is not there should.
    empty = np.zeros(pixels.shape[:2], dtype=np.float32)
    heats = {name: maps[name].heat if name in maps else empty for name in names}
    measuring = options.quality
    if place >= options.sensitivity:
        measuring = measuring.replace(disturbed=0)
    bench = Bench(model, pixels, next(iter(maps.values())).target, measuring)
    points = {}
    if isinstance(dataset, DrawnDataset):
        mask = localisation.mask_of(dataset, options.split, number, model.transform)
        points = {name: localisation.point(found.heat, mask) for name, found in maps.items()}
    correlations = {}
    if place < options.sanity:
        fresh = build(model.config, options.seed + number)
        correlations = _each(
            tuple(maps),
            lambda name: tuple(
                step.correlations[name]
                for step in parameter_randomisation.randomise_cascade(
                    model, pixels, [name], fresh=fresh, intact=maps, cancelled=cancelled
                ).steps
            ),
        )
    noise = np.random.default_rng([options.seed, number]).random(pixels.shape[:2])
    return _Seen(
        qualities=_each(tuple(maps), lambda name: bench.measure(maps[name], cancelled).quality),
        points=points,
        agreement=agreement(heats),
        correlations=correlations,
        by_chance=bench.curves(noise),
    )


def _each(names: tuple[str, ...], work: Callable[[str], _Found]) -> dict[str, _Found]:
    """What each method gives; one that divides by almost zero on this picture gives nothing."""
    found = {}
    for name in names:
        try:
            found[name] = work(name)
        except (CancelledError, CheckpointError, ConfigError):
            raise
        except LabError:
            # Hours of work on all others must not be lost; the report counts the pictures.
            continue
    return found


def _check(model: LoadedModel, names: tuple[str, ...]) -> None:
    """Refuse before hours of work what would fail in it."""
    if model.config.in_channels != 3:
        raise ConfigError("in_channels", model.config.in_channels, "3, for pictures in RGB")
    for name in names:
        method = registry.get(name)
        why = method.refuses(model.config, method.options())
        if why:
            raise ConfigError("methods", name, f"a method that this network allows. {why}")


def _sample(pictures: int, options: ReportOptions) -> tuple[int, ...]:
    # At random: in a split whose classes take turns, equal steps could meet a few of them alone.
    random = np.random.default_rng(options.seed)
    chosen = random.choice(pictures, min(options.n, pictures), replace=False)
    return tuple(int(number) for number in chosen)


def _summarise(
    seen: Sequence[_Seen],
    *,
    model: LoadedModel,
    methods: Sequence[str],
    options: ReportOptions,
    **about: Any,
) -> Report:
    """Means with intervals over pictures.

    Args:
        seen: one a picture, at least one.
        model: that was explained.
        methods: their names, in order.
        options: of the report.
        about: the other fields of `Report` that say what it is about.
    """
    methods_found = tuple(_method(seen, name, model, options.seed) for name in methods)
    together = mean_agreement([one.agreement for one in seen]).matrix
    deletion, insertion = (
        _known([one.by_chance[way].area for one in seen], options.seed) for way in (0, 1)
    )
    return Report(
        model=model.reference,
        options=options,
        methods=methods_found,
        by_chance=ByChance(deletion=deletion, insertion=insertion),
        agreement=tuple(
            tuple(float(one) if np.isfinite(one) else None for one in row) for row in together
        ),
        sentence=parameter_randomisation.sentence(
            [
                one.method
                for one in methods_found
                if one.parameter_randomisation and one.parameter_randomisation.unchanged
            ]
        ),
        **about,
    )


def _method(seen: Sequence[_Seen], name: str, model: LoadedModel, seed: int) -> MethodSummary:
    points = [one.points[name] for one in seen if name in one.points]
    qualities = [one.qualities[name] for one in seen if name in one.qualities]
    return MethodSummary(
        method=name,
        title=registry.get(name).title,
        figures={
            figure: estimate([getattr(one, figure) for one in qualities], seed)
            for figure in FIGURES
        },
        failed=len(seen) - len(qualities),
        localisation=localisation.summarise(points, seed),
        parameter_randomisation=_randomisation(seen, name, model, seed),
    )


def _randomisation(
    seen: Sequence[_Seen], name: str, model: LoadedModel, seed: int
) -> ParameterRandomisation | None:
    known = [one.correlations[name] for one in seen if name in one.correlations]
    if not known:
        return None
    layers, judged = (
        parameter_randomisation.steps_of(model.config),
        parameter_randomisation.judged_by(model.config),
    )
    means = tuple(estimate([steps[place] for steps in known], seed) for place in range(len(layers)))
    last = means[layers.index(judged)]
    return ParameterRandomisation(
        layers=layers,
        correlations=means,
        judged=judged,
        unchanged=last is not None and last.mean >= parameter_randomisation.UNCHANGED,
    )


def _known(values: Sequence[float], seed: int) -> Estimate:
    found = estimate(values, seed)
    assert found is not None, "a report has a picture"
    return found
