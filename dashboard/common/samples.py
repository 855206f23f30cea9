"""Photos that are always at hand: those that the scikit-image package carries."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple


class Sample(NamedTuple):
    """One photo: its name in a link, its title on the page and its file in scikit-image."""

    name: str
    title: str
    file: str


SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("cat", "Cat", "chelsea.png"),
        Sample("rocket", "Rocket", "rocket.jpg"),
        Sample("motorcycle", "Motorcycle", "motorcycle_left.png"),
        Sample("astronaut", "Astronaut", "astronaut.png"),
        Sample("coffee", "Coffee", "coffee.png"),
        Sample("horse", "Horse (drawn)", "horse.png"),
    )
}
DEFAULT = "cat"


def read(name: str) -> bytes:
    """The file of a sample, as an upload of it would arrive.

    Finding the package is not importing it, which would cost half a second on the way to the
    first answer.
    """
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("scikit-image is not installed", name="skimage")
    return (Path(spec.origin).parent / "data" / SAMPLES[name].file).read_bytes()
