"""Which number of a network the page Pixel by pixel shows, and how the address bar says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard.common import links, visitor
from dashboard.common.links import Link
from dashboard.common.visitor import Visitor
from dashboard.pages.pixels.lab import Chosen

if TYPE_CHECKING:
    from alexnet_core.inspection.capture import Captured

SOFTMAX = "softmax"

_KEY = "pixels-choice"
_ENDS = ("conv", "linear", "flatten")


@dataclass
class Choice:
    """A place in a network, as far as it is chosen."""

    layer: str = ""
    unit: int | None = None
    """Channel, unit or class; none where the page goes through them by itself."""
    row: int | None = None
    column: int | None = None
    channel: int | None = None
    """Of the input: one of its channels, or its number in a fully connected layer."""

    def settle(self, captured: Captured) -> list[str]:
        """Make the choice one that the network has; a sentence for each part that it has not."""
        said = []
        names = [*captured.outputs, SOFTMAX]
        if self.layer not in names:
            if self.layer:
                said.append(f"This network has no layer {self.layer}, so this is {names[0]}.")
            self._begin(names[0])
        shape = captured.output(self.layer).shape
        if self.unit is not None and self.unit >= shape[0]:
            said.append(
                f"{self.layer} has the numbers 0 to {shape[0] - 1}, so {self.unit} is not among "
                "them; this is the strongest one."
            )
            self.unit = None
        if self.unit is None and not moves_over_units(captured, self.layer):
            self.unit = strongest(captured, self.layer)
        if len(shape) < 3 or self.row is None or self.column is None:
            self.row = self.column = None
        elif self.row >= shape[1] or self.column >= shape[2]:
            said.append(
                f"{self.layer} gives maps of {shape[1]} × {shape[2]}, so there is no row "
                f"{self.row}, column {self.column}."
            )
            self.row = self.column = None
        return said + self._settle_channel(captured)

    def _settle_channel(self, captured: Captured) -> list[str]:
        kinds = {spec.name: spec for spec in captured.config.layers()}
        spec = kinds.get(self.layer)
        if self.channel is None or spec is None or self.unit is None:
            return []
        first, stop = 0, spec.in_shape[0]
        if spec.kind == "conv":
            width = spec.in_shape[0] // spec.groups
            first = self.unit // (spec.out_shape[0] // spec.groups) * width
            stop = first + width
        if spec.kind in ("conv", "linear") and first <= self.channel < stop:
            return []
        wrong, self.channel = self.channel, None
        if spec.kind not in ("conv", "linear"):
            return []
        return [
            f"Unit {self.unit} of {self.layer} looks at the inputs {first} to {stop - 1}, so "
            f"{wrong} is not among them; this is all of them."
        ]

    def take(self, said: Chosen, captured: Captured) -> None:
        """Take what a person chose in the browser, if the network has it."""
        layer, before = said["layer"], self.layer
        if layer not in [*captured.outputs, SOFTMAX]:
            return
        unit = said["unit"]
        along = layer == before or unit is not None
        if layer != before and unit is None and _same_units(captured, before, layer):
            unit = self.unit
            # A place is taken along to a layer where it means the same.
            along = captured.output(before).shape[1:] == captured.output(layer).shape[1:]
        self._begin(layer)
        self.unit, self.channel = unit, said["channel"]
        if along:
            self.row, self.column = said["row"], said["column"]
        self.settle(captured)

    def publish(self, who: Visitor) -> None:
        """Write the choice into the address bar, and keep it for the other pages."""
        who.look_into(self.layer, self.unit or 0)
        visitor.publish(who, (LINK, self))

    def _begin(self, layer: str) -> None:
        self.layer = layer
        self.unit = self.row = self.column = self.channel = None


LINK: Link[Choice] = Link(
    "pixels",
    links.text("layer", "layer"),
    *(links.number(name, name) for name in ("unit", "row", "column", "channel")),
    remembered=1,
)


def choice(who: Visitor) -> Choice:
    """The one of this session; it follows the layer and unit that other pages choose.

    A link that this session did not write itself begins another one.
    """
    found = st.session_state.get(_KEY)
    if not isinstance(found, Choice):
        found = Choice() if LINK.said() else Choice(who.layer, who.unit if who.layer else None)
        LINK.take(found)
    elif LINK.is_another():
        found = Choice()
        LINK.take(found)
    elif who.layer and (who.layer, who.unit) != (found.layer, found.unit or 0):
        found = Choice(who.layer, who.unit)
    st.session_state[_KEY] = found
    return found


def moves_over_units(captured: Captured, layer: str) -> bool:
    """Whether a person moves from unit to unit of a layer, as over the places of a map.

    Its unit may then be none: the page goes through them by itself.
    """
    kinds = {spec.name: spec.kind for spec in captured.config.layers()}
    return captured.output(layer).ndim == 1 and kinds.get(layer, "linear") != "linear"


def strongest(captured: Captured, layer: str) -> int:
    """The channel that answers most above zero, on average over its map, or the largest unit."""
    values = np.nan_to_num(captured.output(layer), nan=0.0, posinf=0.0, neginf=0.0)
    if values.ndim == 3:
        values = np.maximum(values, 0).mean(axis=(1, 2))
    return int(values.argmax())


def _same_units(captured: Captured, one: str, other: str) -> bool:
    """Whether no layer between two makes other channels of them."""
    specs = captured.config.layers()
    names = [spec.name for spec in specs]
    if one not in names:
        return other == SOFTMAX == one
    if other == SOFTMAX:
        return one == names[-1]
    first, last = sorted((names.index(one), names.index(other)))
    return all(spec.kind not in _ENDS for spec in specs[first + 1 : last + 1])
