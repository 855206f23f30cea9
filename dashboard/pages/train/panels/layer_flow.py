"""A network before it is built: what goes from layer to layer, and what each layer costs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.common.format import many

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
    items = "".join(
        f'<li class="lab-{kind.replace("_", "-")}"><b>{escape(name)}</b><span>{shape}</span></li>'
        for name, shape, kind in steps
    )
    st.html(f'<ol class="lab-flow" aria-label="Shapes from layer to layer">{items}</ol>')


def layer_table(anatomy: Anatomy) -> None:
    """Every layer with its output, parameters and work."""
    rows = "".join(
        f'<tr><th scope="row">{escape(layer.name)}</th><td>{_shape(layer)}</td>'
        f"<td>{f'{layer.parameters:,}' if layer.parameters else ''}</td>"
        f"<td>{many(layer.macs) if layer.macs else ''}</td></tr>"
        for layer in anatomy.layers
    )
    st.html(
        '<table class="lab-layers"><caption>Layers of the network</caption><thead><tr>'
        '<th scope="col">Layer</th><th scope="col">Output</th><th scope="col">Parameters</th>'
        '<th scope="col" title="For one picture, in convolutions and dense layers">Multiply-adds'
        f"</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _shape(layer: LayerAnatomy) -> str:
    """Height, width and maps, as pictures are written; features alone once it is flat."""
    channels, *sides = layer.output_shape
    return "×".join(map(str, [*sides, channels]))
