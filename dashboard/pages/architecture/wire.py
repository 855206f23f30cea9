"""What the browser gets: both drawings, the cards and the table, as plain data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from alexnet_core.models.anatomy import Anatomy
from dashboard.common.format import counted, many, rate
from dashboard.pages.architecture.blocks import blocks, scale, sentence
from dashboard.pages.architecture.layers import (
    Layer,
    Network,
    differing,
    kind,
    memory,
    order,
    shape,
    time_of,
    window,
)

_DENSE = "linear"


def document(
    networks: Sequence[Network], *, opens: Sequence[str], lost: Sequence[str], picture: str
) -> dict[str, Any]:
    """Everything that is drawn.

    Args:
        networks: one, or two to compare.
        opens: for each what a click on a layer does, as a short sentence.
        lost: for each the layer that would have no pixels left, or nothing.
        picture: address of the picture that the first block shows.
    """
    drawn = [blocks(network) for network in networks]
    differs = differing(networks)
    return {
        "picture": picture,
        "scale": scale(drawn),
        "networks": [
            {
                "title": network.title,
                "label": sentence(parts),
                "blocks": parts,
                "lost": missing,
                "opens": action,
                "cards": {layer.name: _card(layer) for layer in network.layers},
                "shares": _shares(network),
            }
            for network, parts, action, missing in zip(networks, drawn, opens, lost, strict=True)
        ],
        "rows": [_row(name, networks, differs) for name in order(networks)],
        "differs": sorted(differs),
        "timed": all(network.milliseconds is not None for network in networks),
    }


def _card(layer: Layer) -> dict[str, Any]:
    """Title and lines of what is told of a layer."""
    spec, costs = layer.spec, layer.anatomy
    lines = {"Shape": f"{shape(spec.in_shape)} → {shape(spec.out_shape)}"}
    if layer.slides:
        padding = f"padding {spec.padding}" if spec.padding else "no padding"
        lines["Kernel"] = f"{spec.kernel}×{spec.kernel}, stride {spec.stride}, {padding}"
    if spec.kind == "conv":
        halves = f"{spec.groups}, each sees half of the maps"
        lines["Groups"] = halves if spec.groups == 2 else "1, which sees all maps"
    lines["Parameters"] = f"{costs.parameters:,}" if costs.parameters else "none"
    if spec.kind in ("conv", _DENSE):
        lines["Multiply-adds"] = many(costs.macs)
    lines["Memory of its output"] = memory(costs.activation_bytes)
    field = counted(costs.receptive_field, "pixel")
    lines["One value sees"] = field if costs.receptive_field == 1 else f"{field} a side"
    return {"kind": kind(layer), "lines": list(lines.items())}


def _row(name: str, networks: Sequence[Network], differs: Collection[str]) -> dict[str, Any]:
    """One line of the table: a cell group for each network, none where it has no such layer."""
    return {
        "layer": name,
        "differs": name in differs,
        "cells": [
            _cells(layer) if layer else None for layer in (net.get(name) for net in networks)
        ],
    }


def _cells(layer: Layer) -> dict[str, Any]:
    costs = layer.anatomy
    pixels = 1
    for side in costs.output_shape:
        pixels *= side
    return {
        "family": _family(layer),
        "kind": kind(layer),
        "window": window(layer),
        "output": shape(costs.output_shape),
        "values": pixels,
        "parameters": costs.parameters,
        "macs": costs.macs,
        "work": many(costs.macs),
        "bytes": costs.activation_bytes,
        "memory": memory(costs.activation_bytes),
        "field": costs.receptive_field,
        "time": layer.milliseconds,
        "spent": "" if layer.milliseconds is None else time_of(layer.milliseconds),
    }


def _family(layer: Layer) -> str:
    """What a layer's colour speaks of."""
    families = {"conv": "conv", _DENSE: "dense"}
    return families.get(layer.spec.kind, "other")


def _shares(network: Network) -> list[dict[str, Any]]:
    """Where parameters and work sit: a bar of all layers for each."""
    whole = network.anatomy
    return [
        _share("Parameters", network, "parameters", whole),
        _share("Multiply-adds", network, "macs", whole),
    ]


def _share(title: str, network: Network, field: str, whole: Anatomy) -> dict[str, Any]:
    total = getattr(whole, field)
    parts = [
        {"layer": layer.name, "family": _family(layer), "share": amount / total}
        for layer in network.layers
        if (amount := getattr(layer.anatomy, field))
    ]
    family = max(("conv", "dense"), key=lambda family: _sum(parts, family))
    where = "convolutions" if family == "conv" else "fully connected layers"
    said = f"{rate(_sum(parts, family), 0)} in the {where}"
    return {"title": title, "said": said, "parts": parts}


def _sum(parts: Sequence[dict[str, Any]], family: str) -> float:
    return sum(float(part["share"]) for part in parts if part["family"] == family)
