"""What each layer of a network is, in words and numbers, for drawing, table and file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alexnet_core.models.anatomy import Anatomy, LayerAnatomy, describe
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.layers import LayerKind, LayerSpec
from dashboard.common.format import memory_size

KINDS: dict[LayerKind, str] = {
    "conv": "convolution",
    "activation": "activation",
    "lrn": "local response normalisation",
    "batch_norm": "batch normalisation",
    "max_pool": "max pooling",
    "adaptive_avg_pool": "average pooling",
    "flatten": "flattening",
    "dropout": "dropout",
    "linear": "fully connected",
}
"""Kind of a layer -> what to call it."""

_WINDOWED = ("conv", "max_pool")
_COLUMNS = (
    "network",
    "layer",
    "kind",
    "input",
    "output",
    "kernel",
    "stride",
    "padding",
    "groups",
    "parameters",
    "trainable_parameters",
    "multiply_adds",
    "activation_bytes",
    "receptive_field",
    "milliseconds",
)


@dataclass(frozen=True)
class Layer:
    """One layer: how it is built and what it costs."""

    spec: LayerSpec
    anatomy: LayerAnatomy
    milliseconds: float | None = None
    """For one picture on this machine; None where it was not timed."""

    @property
    def name(self) -> str:
        """As the network's own field."""
        return self.spec.name

    @property
    def slides(self) -> bool:
        """Whether it moves a window over its input."""
        return self.spec.kind in _WINDOWED


@dataclass(frozen=True)
class Network:
    """A config, taken apart."""

    title: str
    config: AlexNetConfig
    layers: tuple[Layer, ...]
    anatomy: Anatomy

    @classmethod
    def of(
        cls, title: str, config: AlexNetConfig, times: Mapping[str, float] | None = None
    ) -> Network:
        """Take a network apart by arithmetic alone.

        Args:
            title: what to call it.
            config: the network.
            times: milliseconds of each layer by name, where they were measured.
        """
        anatomy, times = describe(config), times or {}
        pairs = zip(config.layers(), anatomy.layers, strict=True)
        layers = tuple(Layer(spec, found, times.get(spec.name)) for spec, found in pairs)
        return cls(title, config, layers, anatomy)

    @property
    def milliseconds(self) -> float | None:
        """All layers together; None where they were not timed."""
        times = [layer.milliseconds for layer in self.layers if layer.milliseconds is not None]
        return sum(times) if times else None

    def get(self, name: str) -> Layer | None:
        """The layer of that name, if there is one."""
        return next((layer for layer in self.layers if layer.name == name), None)


def kind(layer: Layer) -> str:
    """What to call it: ``ReLU`` for an activation of that kind."""
    if layer.spec.kind == "activation":
        return "ReLU" if layer.name.startswith("relu") else "tanh"
    return KINDS[layer.spec.kind]


def window(layer: Layer) -> str:
    """``11×11, stride 4``; padding and groups where there are any; nothing without a window."""
    if not layer.slides:
        return ""
    spec = layer.spec
    parts = [f"{spec.kernel}×{spec.kernel}", f"stride {spec.stride}"]
    parts += [f"padding {spec.padding}"] if spec.padding else []
    parts += [f"{spec.groups} groups"] if spec.groups > 1 else []
    return ", ".join(parts)


def shape(sides: Sequence[int]) -> str:
    """(96, 55, 55) as ``55×55×96``, as pictures are written; (4096,) as ``4,096``."""
    channels, *pixels = sides
    return "×".join([*map(str, pixels), f"{channels:,}"])


def memory(count: float) -> str:
    """Bytes: 7_600_000 as ``7.6 MB``, since layers often differ by less than a whole one."""
    return f"{count / 1e6:.1f} MB" if 1e6 <= count < 1e7 else memory_size(count)


def time_of(milliseconds: float) -> str:
    """0.0312 as ``0.03 ms``, 12.34 as ``12 ms``."""
    return f"{milliseconds:.2f} ms" if milliseconds < 9.995 else f"{milliseconds:,.0f} ms"


def order(networks: Sequence[Network]) -> list[str]:
    """The names of all layers, each once, in forward order as far as the networks agree."""
    names = [layer.name for layer in networks[0].layers]
    for network in networks[1:]:
        before = -1
        for layer in network.layers:
            if layer.name not in names:
                names.insert(before + 1, layer.name)
            before = names.index(layer.name)
    return names


def differing(networks: Sequence[Network]) -> set[str]:
    """The layers that are not built the same way in all networks, or that one does not have."""
    built = [{layer.name: layer.spec for layer in network.layers} for network in networks]
    return {name for name in order(networks) if len({specs.get(name) for specs in built}) > 1}


def table(networks: Sequence[Network]) -> str:
    """Every layer of every network as a CSV file with one header line."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for network in networks:
        for layer in network.layers:
            spec, costs = layer.spec, layer.anatomy
            moves = [spec.kernel, spec.stride, spec.padding, spec.groups]
            rows.writerow(
                [
                    network.title,
                    spec.name,
                    kind(layer),
                    "x".join(map(str, spec.in_shape)),
                    "x".join(map(str, spec.out_shape)),
                    *(moves if layer.slides else [""] * len(moves)),
                    costs.parameters,
                    costs.trainable_parameters,
                    costs.macs,
                    costs.activation_bytes,
                    costs.receptive_field,
                    "" if layer.milliseconds is None else f"{layer.milliseconds:.4f}",
                ]
            )
    return file.getvalue()
