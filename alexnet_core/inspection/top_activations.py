"""What excites the units of a network most, over a whole data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_core.config import Config
from alexnet_core.data.geometry import Box
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, ConfigError, UnknownNameError
from alexnet_core.inspection.arithmetic.value import check_place
from alexnet_core.inspection.receptive_field import field, on_original
from alexnet_core.models.config import AlexNetConfig

TOP = 16
"""Patches that are kept of each unit, each of another picture."""

RANKED = ("conv", "activation", "linear")
"""Kinds of layers whose units are ranked."""


class Ranking(Config):
    """What was ranked, with which network, over which pictures."""

    reference: str
    """The model as it was asked for."""

    model: AlexNetConfig
    """Its network."""

    transform: Transform
    """How a picture became its input."""

    dataset: str
    """The data set's name at that time."""

    split: str
    """Which of its splits."""

    classes: tuple[str, ...]
    """The data set's own, in the order of its labels."""

    pictures: int
    """How many were looked at."""


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A part of a picture that excites a unit."""

    picture: int
    """The picture's number within the split."""
    label: str
    """Its class in the data set."""
    value: float
    """What the unit gave there: the most that it gave anywhere in this picture."""
    row: int
    """Where in the layer's output, from the top; 0 in a flat layer."""
    column: int
    """From the left."""
    box: Box
    """What the unit saw, in pixels of the picture at its own size, upright."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerTopActivations:
    """The units of one layer."""

    values: NDArray[np.float32]
    """(units, k) the strongest values, falling; k is at most `TOP`."""
    pictures: NDArray[np.int32]
    """(units, k) the numbers of their pictures."""
    positions: NDArray[np.int32]
    """(units, k) where in the map: row times width plus column."""
    fired: NDArray[np.int32]
    """(units,) pictures in which the unit gave more than zero somewhere."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TopActivations:
    """The strongest patches of every unit."""

    about: Ranking
    sizes: NDArray[np.int32]
    """(pictures, 2) width and height of each picture."""
    labels: NDArray[np.int32]
    """(pictures,) places in the classes."""
    layers: Mapping[str, LayerTopActivations]
    """Layer name -> its units, in forward order."""

    def patches(self, layer: str, unit: int, count: int = 9) -> tuple[Patch, ...]:
        """The patches that excite a unit most, the strongest first, each of another picture.

        Values of zero and below are left out after a ReLU, where they mean nothing: a unit that
        never fires has no patches.

        Raises:
            UnknownNameError: no layer of that name is ranked.
            ConfigError: the unit is out of range, or more than `TOP` are asked for.
        """
        ranks = self._ranks(layer)
        if not 1 <= count <= TOP:
            raise ConfigError("count", count, f"1 to {TOP}")
        spec = self.about.model.layer(layer)
        check_place(layer, spec.out_shape, unit)
        silent = spec.kind == "activation" and self.about.model.activation == "relu"
        width = spec.out_shape[2] if len(spec.out_shape) == 3 else 1
        found = []
        for value, picture, position in zip(
            ranks.values[unit, :count].tolist(),
            ranks.pictures[unit, :count].tolist(),
            ranks.positions[unit, :count].tolist(),
            strict=True,
        ):
            if silent and value <= 0:
                break
            row, column = divmod(position, width)
            size = (int(self.sizes[picture, 0]), int(self.sizes[picture, 1]))
            seen = field(self.about.model, layer, row, column)
            patch = Patch(
                picture=picture,
                label=self.about.classes[self.labels[picture]],
                value=value,
                row=row,
                column=column,
                box=on_original(seen, self.about.transform, size),
            )
            found.append(patch)
        return tuple(found)

    def fires(self, layer: str) -> NDArray[np.float64]:
        """(units,) share of the pictures in which each unit gives more than zero somewhere.

        Raises:
            UnknownNameError: no layer of that name is ranked.
        """
        return self._ranks(layer).fired / self.about.pictures

    def dead(self, layer: str) -> float:
        """Share of the layer's units that give more than zero in no picture at all.

        Raises:
            UnknownNameError: no layer of that name is ranked.
        """
        return float((self._ranks(layer).fired == 0).mean())

    def _ranks(self, layer: str) -> LayerTopActivations:
        if layer not in self.layers:
            raise UnknownNameError("layer", layer, self.layers)
        return self.layers[layer]


class Running:
    """The strongest of one layer so far; memory for `TOP` values a unit, however many pass."""

    def __init__(self, layer: str) -> None:
        self._layer = layer
        self._values = torch.empty(0)
        self._pictures = torch.empty(0, dtype=torch.int64)
        self._positions = torch.empty(0, dtype=torch.int64)
        self._fired = torch.empty(0)

    def add(self, outputs: Tensor, first: int) -> None:
        """Take in what the layer gave for the pictures from number ``first`` on.

        Args:
            outputs: (N, C, H, W) or (N, features).
            first: number of the first of these N pictures.

        Raises:
            CheckpointError: a value is NaN or infinite.
        """
        maps = outputs.dim() == 4
        best = outputs.amax((2, 3)) if maps else outputs
        # NaN and infinity come through a maximum, so the maps need no look of their own; minus
        # infinity may not, and then wins nothing either.
        if not bool(best.isfinite().all()):
            raise CheckpointError(
                f"The network gives NaN or infinity in {self._layer}, so its units have no order; "
                "its weights are damaged, or its training diverged."
            )
        if not len(self._values):
            self._values = best[:0]
            self._pictures = self._positions = best[:0].long()
            self._fired = torch.zeros_like(best[0], dtype=torch.int64)
        self._fired += (best > 0).sum(0)
        kept = len(self._values)
        together = torch.cat([self._values, best])
        self._values, places = together.topk(min(TOP, len(together)), dim=0)
        new = places >= kept
        numbers = torch.arange(first, first + len(best), device=best.device)
        known = torch.cat([self._pictures, numbers[:, None].expand_as(best)])
        self._pictures = known.gather(0, places)
        self._positions = torch.cat([self._positions, known.new_zeros(best.shape)])
        self._positions = self._positions.gather(0, places)
        if maps:
            # Where in the map is only worked out for those that got in, which soon are few.
            units = torch.arange(best.shape[1], device=best.device).expand_as(places)[new]
            self._positions[new] = outputs[places[new] - kept, units].flatten(1).argmax(1)

    def ranks(self) -> LayerTopActivations:
        """The order as it stands."""
        return LayerTopActivations(
            values=self._values.T.contiguous().float().cpu().numpy(),
            pictures=self._pictures.T.contiguous().int().cpu().numpy(),
            positions=self._positions.T.contiguous().int().cpu().numpy(),
            fired=self._fired.int().cpu().numpy(),
        )
