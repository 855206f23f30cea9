"""The lines of Python that say which number is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from alexnet_core.explanation.target import Resolved
    from alexnet_core.models.config import AlexNetConfig
    from alexnet_core.models.layers import LayerSpec

_CONTRAST = """\
# The difference of two logits, as one row of weights in place of the last layer.
*layers, last = network.children()
row = torch.nn.Linear(last.in_features, 1)
rows = last.state_dict().items()
row.load_state_dict({{name: both[[{index}]] - both[[{against}]] for name, both in rows}})
question = torch.nn.Sequential(*layers, row)
"""

_UNIT = """\
layers = list(network.children())[:{count}]  # up to {layer}
question = torch.nn.Sequential(*layers{mean})
"""

_PLACE = """\
maps = question(picture)[0]
unit = ({unit}, *divmod(int(maps[{unit}].argmax()), maps.shape[2]))  # where it is strongest
"""


class Question(NamedTuple):
    """What Captum is given."""

    network: str
    """The name of the network that it is given."""
    target: str
    """Its argument, such as ``target=3``."""
    lines: str
    """That make the network; none where it is the model's own."""


def question(target: Resolved, config: AlexNetConfig) -> Question:
    """The number that is explained, as something that Captum can be asked."""
    if target.layer is None:
        if target.against is None:
            return Question("network", f"target={target.index}", "")
        lines = _CONTRAST.format(index=target.index, against=target.against)
        return Question("question", "target=0", lines)
    layers = passed(target, config)
    maps = len(layers[-1].out_shape) == 3
    mean = maps and target.at == "mean"
    lines = _UNIT.format(
        count=len(layers),
        mean=", torch.nn.AdaptiveAvgPool2d(1)" if mean else "",
        layer=target.layer,
    )
    if not maps:
        return Question("question", f"target={target.unit}", lines)
    if mean:
        return Question("question", f"target=({target.unit}, 0, 0)", lines)
    lines += _PLACE.format(unit=target.unit)
    return Question("question", "target=unit", lines)


def passed(target: Resolved, config: AlexNetConfig) -> tuple[LayerSpec, ...]:
    """The layers that lead to the number, in forward order; they are the network's children."""
    layers = config.layers()
    if target.layer is None:
        return layers
    return layers[: [spec.name for spec in layers].index(target.layer) + 1]
