"""What takes longer than a card: all methods measured on one picture, and the sanity lever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alexnet_core.errors import CancelledError, LabError
from dashboard.common.work import LONG, Work
from dashboard.pages.explain import attributions
from dashboard.pages.explain.attributions import Asked

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.metrics import Quality
    from alexnet_core.explanation.evaluation.parameter_randomisation import Cascade
    from alexnet_core.explanation.evaluation.statistics import Agreement
    from dashboard.common.passes.passes import Inside

_ORDER = ("gradient", "steps", "perturbation")
"""The quick ones first, so that there is soon something to see."""

DISTURBED = 4
"""How often a picture is disturbed and explained again where sensitivity is asked for."""


@dataclass
class Trial:
    """The methods measured so far; it grows while the work goes on."""

    key: tuple[object, ...]
    """What was asked, to know whether it still is."""
    figures: dict[str, Quality] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Method -> why it has no figures."""
    work: Work[Any] | None = None


def begin_trial(found: Inside, asked: Sequence[Asked], *, sensitivity: bool) -> Trial:
    """Measure these methods, one after the other."""
    from alexnet_core.explanation.evaluation.metrics import QualityOptions
    from alexnet_core.explanation.methods import registry

    order = sorted(asked, key=lambda one: _ORDER.index(registry.get(one.method).cost))
    options = QualityOptions(disturbed=DISTURBED if sensitivity else 0)
    trial = Trial(key=key_of(found, asked, sensitivity=sensitivity))

    def measure(work: Work[object]) -> object:
        for done, one in enumerate(order):
            work.progress(done, len(order))
            try:
                measured = attributions.measured(found, one, options, work.cancelled)
            except CancelledError:
                raise
            except LabError as error:
                trial.failed[one.method] = str(error)
            else:
                trial.figures[one.method] = measured.quality
        work.progress(len(order), len(order))
        return trial

    trial.work = Work(measure, LONG)
    return trial


def key_of(found: Inside, asked: Sequence[Asked], *, sensitivity: bool) -> tuple[object, ...]:
    """What names a trial."""
    return (found.token, sensitivity, *(one.text() for one in asked))


def lever(found: Inside, asked: Sequence[Asked]) -> Work[Cascade]:
    """Forget layer after layer and explain each time; begins now."""
    from alexnet_core.explanation.evaluation import parameter_randomisation

    names = {one.method: one.options for one in asked}

    def pull(work: Work[Cascade]) -> Cascade:
        intact = {
            one.method: attributions.explanation(found, one, None, work.cancelled) for one in asked
        }
        return parameter_randomisation.randomise_cascade(
            found.model,
            found.captured.pixels,
            names,
            intact=intact,
            progress=work.progress,
            cancelled=work.cancelled,
        )

    return Work(pull, LONG)


def agreeing(found: Inside, asked: Sequence[Asked]) -> Work[Agreement]:
    """The rank correlation of every pair of maps; joins the work that is the same."""

    def compare(work: Work[Agreement]) -> Agreement:
        from alexnet_core.explanation.evaluation.statistics import agreement

        heats = {}
        for done, one in enumerate(asked):
            work.progress(done, len(asked))
            heats[one.method] = attributions.explanation(found, one, None, work.cancelled).heat
        return agreement(heats)

    name = tuple(one.text() for one in asked)
    return attributions.begin(found, "agreement", name, compare, LONG)


def values(figures: Mapping[str, Quality], figure: str) -> dict[str, float]:
    """Method -> one figure, the best first; methods that have none are left out."""
    from alexnet_core.explanation.evaluation.metrics import FIGURES

    known = {
        name: float(value)
        for name, quality in figures.items()
        if (value := getattr(quality, figure)) is not None
    }
    sign = 1 if FIGURES[figure].better == "lower" else -1
    return dict(sorted(known.items(), key=lambda item: sign * item[1]))
