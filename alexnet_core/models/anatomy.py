"""Shapes, parameters, work and receptive fields of a network, by arithmetic alone."""

from __future__ import annotations

from dataclasses import dataclass

from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.layers import LayerKind, LayerSpec

FLOAT_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class LayerAnatomy:
    """What one layer holds, costs and sees."""

    name: str
    kind: LayerKind
    output_shape: tuple[int, ...]
    """(channels, height, width), or (features,)."""
    parameters: int
    """Every stored number, running means and variances too, as Keras counts."""
    trainable_parameters: int
    """Those that training changes by gradient."""
    macs: int
    """Multiply-adds for one picture in convolutions and dense layers; 0 elsewhere."""
    activation_bytes: int
    """The output for one picture in float32."""
    receptive_field: int
    """Side in pixels of the square of the input that one output value depends on.

    For maps it is theoretical: a unit at the border looks past the edge, at padding. For what
    comes after the flattening it is what all maps see together, at most the whole input.
    """
    stride: int
    """Pixels of the input between two neighbouring values; the whole field once it is flat."""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """A network layer by layer, in forward order, and its sums."""

    layers: tuple[LayerAnatomy, ...]
    parameters: int
    trainable_parameters: int
    macs: int
    activation_bytes: int


def describe(config: AlexNetConfig) -> Anatomy:
    """Measure a network without building it.

    Receptive fields follow Araujo, Norris and Sim, Computing Receptive Fields of Convolutional
    Neural Networks, 2019: a window of k adds (k - 1) steps of its input to the field.
    """
    layers: list[LayerAnatomy] = []
    field, stride, seen = 1, 1, 1
    for spec in config.layers():
        if spec.kind == "adaptive_avg_pool":
            window, step = _adaptive_window(spec.in_shape[1], spec.out_shape[1])
            field += (window - 1) * stride
            stride *= step
        elif len(spec.out_shape) == 3:
            field += (spec.kernel - 1) * stride
            stride *= spec.stride
            seen = min(config.input_size, field + (spec.out_shape[1] - 1) * stride)
        else:
            field = stride = seen
        layers.append(_measure(spec, field, stride))
    return Anatomy(
        layers=tuple(layers),
        parameters=sum(layer.parameters for layer in layers),
        trainable_parameters=sum(layer.trainable_parameters for layer in layers),
        macs=sum(layer.macs for layer in layers),
        activation_bytes=sum(layer.activation_bytes for layer in layers),
    )


def _measure(spec: LayerSpec, field: int, stride: int) -> LayerAnatomy:
    values = _product(spec.out_shape)
    trained = stored = macs = 0
    if spec.kind in ("conv", "linear"):
        inputs = spec.in_shape[0] // spec.groups * spec.kernel**2
        trained = stored = spec.out_shape[0] * (inputs + 1)
        macs = values * inputs
    elif spec.kind == "batch_norm":
        trained, stored = 2 * spec.out_shape[0], 4 * spec.out_shape[0]
    return LayerAnatomy(
        name=spec.name,
        kind=spec.kind,
        output_shape=spec.out_shape,
        parameters=stored,
        trainable_parameters=trained,
        macs=macs,
        activation_bytes=values * FLOAT_BYTES,
        receptive_field=field,
        stride=stride,
    )


def _adaptive_window(side: int, target: int) -> tuple[int, int]:
    """Largest window and usual step with which PyTorch averages ``side`` values to ``target``."""
    starts = [at * side // target for at in range(target)]
    ends = [-(-(at + 1) * side // target) for at in range(target)]
    window = max(end - start for start, end in zip(starts, ends, strict=True))
    return window, max(1, round(side / target))


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for side in shape:
        product *= side
    return product
