"""What the drawing of a network is made of: blocks from left to right, as in the 2012 paper.

Only sizes are said here, in pixels and maps of the network; the browser makes a picture of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from alexnet_core.models.config import AlexNetConfig
from dashboard.pages.architecture.layers import Layer, Network

BlockKind = Literal["picture", "conv", "pool", "dense"]

_KINDS: dict[str, BlockKind] = {
    "conv": "conv",
    "max_pool": "pool",
    "adaptive_avg_pool": "pool",
    "linear": "dense",
}


class Block(TypedDict):
    """One block, or two where there are two towers."""

    layer: str
    """Nothing for the picture, which is no layer."""
    kind: BlockKind
    side: int
    """Height and width of its maps; 1 for a dense layer."""
    depth: int
    """Maps or units, of both halves together."""
    halves: int
    """2 where it is drawn in two towers."""
    crosses: bool
    """Whether each half also reads the other half of the block before it."""
    window: tuple[int, int] | None
    """Kernel and stride with which it reads the block before it; none reads all of it at once."""
    caption: tuple[str, str]
    chips: list[str]
    """Layers that keep the block's shape, in forward order."""


def blocks(network: Network) -> list[Block]:
    """The blocks of a network from the picture to the classes."""
    found = [_picture(network.config)]
    waiting: list[str] = []
    for at, layer in enumerate(network.layers):
        if layer.spec.kind in _KINDS:
            last = layer is network.layers[-1]
            block = _block(layer, network.config, found[-1]["halves"], last=last)
            block["chips"] += waiting
            waiting = []
            found.append(block)
        elif layer.spec.kind == "dropout" and network.layers[at + 1].spec.kind == "linear":
            # It silences the input of the layer that it is named after.
            after = network.layers[at + 1].name.removeprefix("fc")
            ahead = layer.name.removeprefix("drop") == after
            (waiting if ahead else found[-1]["chips"]).append(layer.name)
        else:
            found[-1]["chips"].append(layer.name)
    return found


def _picture(config: AlexNetConfig) -> Block:
    side, planes = config.input_size, config.in_channels
    return Block(
        layer="",
        kind="picture",
        side=side,
        depth=planes,
        halves=1,
        crosses=False,
        window=None,
        caption=(f"{side} × {side}", "3 colours" if planes == 3 else _counted(planes, "plane")),
        chips=[],
    )


def _block(layer: Layer, config: AlexNetConfig, before: int, *, last: bool) -> Block:
    spec = layer.spec
    kind = _KINDS[spec.kind]
    # In the paper each graphics card held half of every layer but the last.
    halves = 1 if last else config.towers
    depth = spec.out_shape[0]
    side = spec.out_shape[1] if len(spec.out_shape) == 3 else 1
    if kind == "dense":
        caption = (f"{depth:,}", "classes" if last else "units")
    else:
        caption = (f"{side} × {side}", _counted(depth, "map"))
    return Block(
        layer=spec.name,
        kind=kind,
        side=side,
        depth=depth,
        halves=halves,
        crosses=before == 2 and (kind == "dense" or (kind == "conv" and spec.groups == 1)),
        window=(spec.kernel, spec.stride) if layer.slides else None,
        caption=caption,
        chips=[],
    )


def sentence(parts: Sequence[Block]) -> str:
    """The drawing for somebody who does not see it."""
    steps = ", ".join(
        f"{block['layer'] or 'picture'} {block['caption'][0]} by {block['caption'][1]}"
        if block["kind"] != "dense"
        else f"{block['layer']} {' '.join(block['caption'])}"
        for block in parts
    )
    towers = " in two towers" if any(block["halves"] == 2 for block in parts) else ""
    return f"The network from left to right{towers}: {steps}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def scale(networks: Sequence[Sequence[Block]]) -> dict[str, Any]:
    """The largest of everything, so that blocks of two drawings can be compared."""
    parts = [block for each in networks for block in each]
    maps = [block for block in parts if block["kind"] != "dense"]
    dense = [block for block in parts if block["kind"] == "dense"]
    return {
        "side": max(block["side"] for block in maps),
        "depth": max(block["depth"] / block["halves"] for block in maps),
        "units": max(block["depth"] / block["halves"] for block in dense),
        "halves": max(block["halves"] for block in parts),
    }
