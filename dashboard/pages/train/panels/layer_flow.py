"""A network before it is built: what goes from layer to layer, and what each layer costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.common.format import many
from dashboard.common.html import Html, show, tag

if TYPE_CHECKING:
    from alexnet_core.models.anatomy import Anatomy, LayerAnatomy
    from alexnet_core.models.config import AlexNetConfig

_SHAPING = ("conv", "max_pool", "adaptive_avg_pool", "linear")


def layer_flow(config: AlexNetConfig, anatomy: Anatomy) -> None:
    """The shapes from the picture to the answer, as a row of steps."""
    side = config.input_size
    steps = [("picture", f"{side}×{side}×{config.in_channels}", "picture")]
    steps += [
        (layer.name, _shape(layer), layer.kind)
        for layer in anatomy.layers
        if layer.kind in _SHAPING
    ]
    items = (
        tag("li", tag("b", name), tag("span", shape), class_=f"lab-{kind.replace('_', '-')}")
        for name, shape, kind in steps
    )
    show(tag("ol", items, class_="lab-flow", aria_label="Shapes from layer to layer"))


def layer_table(anatomy: Anatomy) -> None:
    """Every layer with its output, parameters and work."""
    heads = [tag("th", text, scope="col") for text in ("Layer", "Output", "Parameters")]
    work = "For one picture, in convolutions and dense layers"
    heads.append(tag("th", "Multiply-adds", scope="col", title=work))
    show(
        tag(
            "table",
            tag("caption", "Layers of the network"),
            tag("thead", tag("tr", heads)),
            tag("tbody", map(_row, anatomy.layers)),
            class_="lab-layers",
        )
    )


def _row(layer: LayerAnatomy) -> Html:
    return tag(
        "tr",
        tag("th", layer.name, scope="row"),
        tag("td", _shape(layer)),
        tag("td", f"{layer.parameters:,}" if layer.parameters else ""),
        tag("td", many(layer.macs) if layer.macs else ""),
    )


def _shape(layer: LayerAnatomy) -> str:
    """Height, width and maps, as pictures are written; features alone once it is flat."""
    channels, *sides = layer.output_shape
    return "×".join(map(str, [*sides, channels]))
