"""Where the pixels of a network's input lie on the picture that they were made of."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels; edges lie between pixels, so a pixel at 0 goes from 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    def within(self, size: tuple[int, int]) -> Box:
        """The part of it on a picture of that width and height; without area where it lies off."""
        width, height = size
        return Box(
            min(max(self.left, 0.0), float(width)),
            min(max(self.top, 0.0), float(height)),
            min(max(self.right, 0.0), float(width)),
            min(max(self.bottom, 0.0), float(height)),
        )


class Placement(NamedTuple):
    """Where a network's input lies on a picture, without regard to the picture's edges."""

    left: float
    """Where the input's first column begins, in pixels of the picture."""
    top: float
    across: float
    """How wide a pixel of the input is on the picture."""
    down: float

    def onto(self, box: Box) -> Box:
        """A box in the input as a box on the picture, which may reach beyond it."""
        return Box(
            self.left + box.left * self.across,
            self.top + box.top * self.down,
            self.left + box.right * self.across,
            self.top + box.bottom * self.down,
        )

    def back(self, box: Box) -> Box:
        """A box on the picture as a box in the input, which may reach beyond it."""
        return Box(
            (box.left - self.left) / self.across,
            (box.top - self.top) / self.down,
            (box.right - self.left) / self.across,
            (box.bottom - self.top) / self.down,
        )
