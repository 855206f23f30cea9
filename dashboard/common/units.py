"""What the units of a layer are called, and which layer with weights makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alexnet_core.errors import ConfigError, LabError, UnknownNameError

if TYPE_CHECKING:
    from alexnet_core.models.config import AlexNetConfig
    from alexnet_core.models.layers import LayerSpec

KINDS = {
    "conv": "convolution",
    "activation": "activation",
    "lrn": "local response normalisation",
    "batch_norm": "batch normalisation",
    "max_pool": "max pooling",
    "adaptive_avg_pool": "average pooling",
    "flatten": "maps in one row",
    "dropout": "dropout, which rests when the network answers",
    "linear": "fully connected",
}
"""Kinds of layers in words."""

WEIGHTED = ("conv", "linear")
RANKED = ("conv", "activation", "linear")
"""Kinds whose units the data set's pictures are ranked for."""


def noun(spec: LayerSpec) -> str:
    """What one of its outputs is called."""
    return "channel" if len(spec.out_shape) == 3 else "unit"


def shape(spec: LayerSpec) -> str:
    """Its output as people write it."""
    if len(spec.out_shape) == 1:
        return f"{spec.out_shape[0]:,} values"
    channels, height, width = spec.out_shape
    return f"{channels} maps of {height} × {width}"


def refusal(config: AlexNetConfig, layer: str, unit: int) -> LabError | None:
    """Why the network has no such unit; None where it has."""
    try:
        spec = config.layer(layer)
    except UnknownNameError as error:
        return error
    if not 0 <= unit < spec.out_shape[0]:
        return ConfigError(noun(spec), unit, f"0 to {spec.out_shape[0] - 1}, as {layer} has")
    return None


def behind(
    config: AlexNetConfig, layer: str, unit: int, kinds: tuple[str, ...]
) -> tuple[LayerSpec, int]:
    """The nearest layer of these kinds, this one or one before it, and its channel behind a unit.

    Activations, norms, pools and dropout keep the channels of what goes into them.
    """
    specs = config.layers()
    at = next(number for number, spec in enumerate(specs) if spec.name == layer)
    while specs[at].kind not in kinds:
        if specs[at].kind == "flatten":
            _, height, width = specs[at].in_shape
            unit //= height * width
        at -= 1
    return specs[at], unit
