"""Where the values of a layer's maps lie over the picture that the network saw."""

from __future__ import annotations

from typing import NamedTuple

from alexnet_core.data.transforms import Transform
from alexnet_core.inspection.partial_forward import up_to
from alexnet_core.inspection.receptive_field import Box, on_original
from alexnet_core.models.config import AlexNetConfig


class Placement(NamedTuple):
    """The middles of a map's values, the same down and across, in pixels of the input."""

    first: float
    """The middle of what the first value sees, padding included."""
    step: float
    """From one value to the next."""
    side: int
    """Values in a row."""

    def cover(self) -> tuple[float, float]:
        """From where to where the whole map reaches when each value fills one step."""
        start = self.first - self.step / 2
        return start, start + self.step * self.side


def placement(config: AlexNetConfig, layer: str) -> Placement:
    """How to lay a layer's maps over its input so that each value lies on what it sees.

    Padding shifts and strides stretch (Araujo, Norris and Sim, Computing Receptive Fields of
    Convolutional Neural Networks, 2019). A flat layer has one place, the whole input.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    if len(config.layer(layer).out_shape) == 1:
        return Placement(config.input_size / 2, float(config.input_size), 1)
    first, step, side = 0.5, 1.0, config.input_size
    for spec in up_to(config, layer):
        side = spec.out_shape[1]
        if spec.kind == "adaptive_avg_pool":
            # Its windows share the input evenly, whatever their number.
            wide = step * spec.in_shape[1] / side
            first, step = first - step / 2 + wide / 2, wide
        else:
            first += ((spec.kernel - 1) / 2 - spec.padding) * step
            step *= spec.stride
    return Placement(first, step, side)


class Scale(NamedTuple):
    """Where the pixels of a network's input lie on a photo, without regard to its edges."""

    left: float
    """Where the input's first column begins, in pixels of the photo."""
    top: float
    across: float
    """How wide a pixel of the input is on the photo."""
    down: float

    def onto(self, box: Box) -> Box:
        """A box in the input as a box on the photo, which may reach beyond it."""
        return Box(
            self.left + box.left * self.across,
            self.top + box.top * self.down,
            self.left + box.right * self.across,
            self.top + box.bottom * self.down,
        )

    def back(self, box: Box) -> Box:
        """A box on the photo as a box in the input, which may reach beyond it."""
        return Box(
            (box.left - self.left) / self.across,
            (box.top - self.top) / self.down,
            (box.right - self.left) / self.across,
            (box.bottom - self.top) / self.down,
        )


def scale(transform: Transform, size: tuple[int, int]) -> Scale:
    """How a picture of that width and height became the input of a network."""
    middle = transform.input_size // 2
    # Away from the edges nothing is clipped, so one pixel there gives the whole scale.
    pixel = on_original(Box(middle, middle, middle + 1, middle + 1), transform, size)
    across, down = pixel.right - pixel.left, pixel.bottom - pixel.top
    return Scale(pixel.left - middle * across, pixel.top - middle * down, across, down)
