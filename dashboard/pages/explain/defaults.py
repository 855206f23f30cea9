"""What a link or an earlier network asked for, brought to what the network at hand has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alexnet_core.errors import LabError
from dashboard.common.passes.passes import Inside
from dashboard.pages.explain.state import Choice

if TYPE_CHECKING:
    from alexnet_core.explanation.target import Resolved


def settle(chosen: Choice, found: Inside) -> list[str]:
    """Ask what can be asked of this network; gives a sentence for whatever can't be."""
    from alexnet_core.explanation import target

    said = [found.captured.warning] if found.captured.warning else []
    try:
        target.resolve(found.model, chosen.target(), found.captured.probabilities)
    except LabError as error:
        chosen.aim(None)
        said.append(f"{error} Explained is the predicted class.")
    return said


def resolved(chosen: Choice, found: Inside) -> Resolved:
    """What is asked, in names for people; it must be settled."""
    from alexnet_core.explanation import target

    return target.resolve(found.model, chosen.target(), found.captured.probabilities)


def refusal(chosen: Choice, found: Inside, method: str) -> str:
    """One sentence why the network can't be explained so, or nothing."""
    from alexnet_core.explanation.methods import registry

    options = chosen.options_of(method)
    said = registry.get(method).refuses(found.model.config, options)
    layer = getattr(options, "layer", None)
    if not said and layer is not None:
        said = _layer_refusal(chosen, found, layer)
    return said


def _layer_refusal(chosen: Choice, found: Inside, layer: str) -> str:
    from alexnet_core.explanation.methods.subject import maps_of

    maps = maps_of(found.model.config)
    if layer not in maps:
        return f"{found.model.config.name} has no layer {layer} that gives maps."
    order = [spec.name for spec in found.model.config.layers()]
    if chosen.unit is not None and order.index(layer) > order.index(chosen.unit[0]):
        return f"{layer} lies behind {chosen.unit[0]}, which is asked; choose an earlier layer."
    return ""
