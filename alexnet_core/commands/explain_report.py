"""Which explanations can be believed: methods compared over many pictures of a data set."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from alexnet_core.commands.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from alexnet_core.explanation.evaluation.report_schema import MethodSummary, Report

_SHOWN = {
    "deletion": "deletion",
    "insertion": "insertion",
    "infidelity_normalised": "unexplained",
    "sensitivity": "sensitivity",
    "sparseness": "sparseness",
    "seconds": "seconds",
}
"""Figure -> the head of its column."""


def report(wanted: Namespace) -> int:
    """Explain a sample by every method and measure the maps; made once, then read."""
    from alexnet_core.explanation.evaluation.report import make
    from alexnet_core.explanation.evaluation.report_schema import ReportOptions, document
    from alexnet_core.models import library

    methods = tuple(filter(None, (name.strip() for name in wanted.methods.split(","))))
    # Before the network is read, which takes a while.
    options = ReportOptions(n=wanted.n, split=wanted.split, methods=methods)
    model = library.load(wanted.model)
    with progress_bar("Explaining", " pictures") as progress:
        progress(0, 0)
        found = make(model, wanted.dataset, options, progress=progress)
    if wanted.json:
        print_json(document(found))
    else:
        _print(found)
    return 0


def _print(found: Report) -> None:
    n = len(found.pictures)
    print(f"{found.model} on {n} pictures of {found.dataset} ({found.options.split})\n")
    truth = any(method.localisation for method in found.methods)
    forgot = any(method.parameter_randomisation for method in found.methods)
    head = [
        "method",
        *_SHOWN.values(),
        *(["inside", "hit"] if truth else []),
        *(["forgot"] * forgot),
    ]
    print_table(head, [_row(method, truth, forgot) for method in found.methods])
    print(
        f"\nPixels in a random order: deletion {found.by_chance.deletion.mean:.4f}, "
        f"insertion {found.by_chance.insertion.mean:.4f}."
    )
    known = next((method.localisation for method in found.methods if method.localisation), None)
    if known:
        print(
            f"By chance {known.chance.mean:.4f} of a map lies inside the object. inside: relevance "
            "mass accuracy; hit: the pointing game."
        )
    print("unexplained: normalised infidelity, the same for a map of the opposite sign.")
    print("sensitivity: the median, since a map that is almost empty can change a hundredfold.")
    if forgot:
        print(
            "forgot: rank correlation with the map once the classifier is random (the model "
            "parameter randomisation test)."
        )
    if found.sentence:
        print(found.sentence)
    for failing in (method for method in found.methods if method.failed):
        print(f"{failing.title} gave nothing on {failing.failed} of the pictures.")
    for method, why in found.refused.items():
        print(f"Without {method}: {why}")
    print("--json gives every figure with its 95 % interval.")


def _row(method: MethodSummary, truth: bool, forgot: bool) -> list[object]:
    estimates = [method.figures[name] for name in _SHOWN]
    if truth:
        found = method.localisation
        estimates += [found.relevance_mass_accuracy, found.hit] if found else [None, None]
    if forgot:
        told = method.parameter_randomisation
        estimates.append(told.correlations[told.layers.index(told.judged)] if told else None)
    # A text, since one gap would make a column of numbers none.
    middles = [one and one.mean for one in estimates]
    typical = method.figures["sensitivity"]
    middles[list(_SHOWN).index("sensitivity")] = typical and typical.median
    return [method.method, *("-" if one is None else f"{one:.3f}" for one in middles)]
