"""From what was seen of each picture to the means of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alexnet_core.explanation.evaluation import localisation, parameter_randomisation
from alexnet_core.explanation.evaluation.agreement import Agreement, mean
from alexnet_core.explanation.evaluation.bootstrap import Estimate, estimate
from alexnet_core.explanation.evaluation.deletion_insertion import Curve
from alexnet_core.explanation.evaluation.localisation import Pointing
from alexnet_core.explanation.evaluation.metric_table import FIGURES, Quality
from alexnet_core.explanation.evaluation.report_schema import (
    ByChance,
    Forgetting,
    MethodFindings,
    Report,
    ReportOptions,
)
from alexnet_core.explanation.methods import registry as table
from alexnet_core.models.library import LoadedModel


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """One picture."""

    qualities: Mapping[str, Quality]
    """Method -> figures of its map; without those that gave none."""
    points: Mapping[str, Pointing]
    """Method -> the object found; empty where no truth is known."""
    agreement: Agreement
    forgot: Mapping[str, tuple[float | None, ...]]
    """Method -> rank correlation with the intact map for each layer forgotten, from the top."""
    by_chance: tuple[Curve, Curve]
    """Deletion and insertion in a random order."""


def summarise(
    seen: Sequence[Seen],
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
    findings = tuple(_method(seen, name, model, options.seed) for name in methods)
    together = mean([one.agreement for one in seen]).matrix
    deletion, insertion = (
        _known([one.by_chance[way].area for one in seen], options.seed) for way in (0, 1)
    )
    return Report(
        model=model.reference,
        options=options,
        methods=findings,
        by_chance=ByChance(deletion=deletion, insertion=insertion),
        agreement=tuple(
            tuple(float(one) if np.isfinite(one) else None for one in row) for row in together
        ),
        sentence=parameter_randomisation.sentence(
            [one.method for one in findings if one.forgetting and one.forgetting.unchanged]
        ),
        **about,
    )


def _method(seen: Sequence[Seen], name: str, model: LoadedModel, seed: int) -> MethodFindings:
    points = [one.points[name] for one in seen if name in one.points]
    qualities = [one.qualities[name] for one in seen if name in one.qualities]
    return MethodFindings(
        method=name,
        title=table.get(name).title,
        figures={
            figure: estimate([getattr(one, figure) for one in qualities], seed)
            for figure in FIGURES
        },
        failed=len(seen) - len(qualities),
        truth=localisation.truth(points, seed),
        forgetting=_forgetting(seen, name, model, seed),
    )


def _forgetting(
    seen: Sequence[Seen], name: str, model: LoadedModel, seed: int
) -> Forgetting | None:
    forgot = [one.forgot[name] for one in seen if name in one.forgot]
    if not forgot:
        return None
    layers, judged = (
        parameter_randomisation.steps_of(model.config),
        parameter_randomisation.judged_by(model.config),
    )
    means = tuple(
        estimate([steps[place] for steps in forgot], seed) for place in range(len(layers))
    )
    last = means[layers.index(judged)]
    return Forgetting(
        layers=layers,
        correlations=means,
        judged=judged,
        unchanged=last is not None and last.mean >= parameter_randomisation.UNCHANGED,
    )


def _known(values: Sequence[float], seed: int) -> Estimate:
    found = estimate(values, seed)
    assert found is not None, "a report has a picture"
    return found
