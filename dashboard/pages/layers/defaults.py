"""What a link or another page asked for, brought to what the network at hand has."""

from __future__ import annotations

from dashboard.common.passes import passes
from dashboard.common.passes.passes import Inside
from dashboard.common.units import noun, refusal
from dashboard.common.visitor import Visitor


def settle(who: Visitor, found: Inside) -> list[str]:
    """Choose a layer and unit that are there; gives a sentence for whatever can't be had."""
    config, outputs = found.model.config, found.captured.outputs
    said = [found.captured.warning] if found.captured.warning else []
    first = config.layers()[0].name
    if not who.layer:
        who.look_into(first, passes.strongest(outputs[first]))
    refused = refusal(config, who.layer, who.unit)
    if refused is not None:
        layer = who.layer if who.layer in outputs else first
        who.look_into(layer, passes.strongest(outputs[layer]))
        named = noun(config.layer(layer))
        said.append(f"{refused} Shown is {layer}, {named} {who.unit}, its strongest.")
    return said
