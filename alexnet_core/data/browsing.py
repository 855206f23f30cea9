"""Ways through a data set for somebody who looks at it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data.dataset import Dataset
from alexnet_core.data.transforms import Transform

_GAP = 3


def in_turns(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order in which classes take turns: the first of each, the second of each, and so on.

    Args:
        labels: (N,) class numbers.

    Returns:
        (N,) places in ``labels``.
    """
    by_class = np.argsort(labels, kind="stable")
    ordered = labels[by_class]
    # How many of its class stand before each.
    turn = np.arange(len(labels)) - np.searchsorted(ordered, ordered)
    return by_class[np.lexsort((ordered, turn))]


def cover(dataset: Dataset, *, side: int = 180, across: int = 3) -> Image.Image:
    """A few pictures of different classes in one square.

    Args:
        dataset: an opened data set.
        side: of the square in pixels.
        across: pictures in a row.

    Raises:
        DataError, ImageError: a picture can't be read any more.
    """
    cell = (side - (across - 1) * _GAP) // across
    cut = Transform(input_size=cell)
    whole = across * cell + (across - 1) * _GAP
    square = Image.new("RGBA", (whole, whole))
    labels = dataset.labels("train")
    classes, firsts = np.unique(labels, return_index=True)
    if len(classes) >= across**2:
        # Evenly through the alphabet, not its first letters.
        chosen = firsts[np.linspace(0, len(classes) - 1, across**2).round().astype(int)]
    else:
        chosen = in_turns(labels)[: across**2]
    for place, number in enumerate(chosen.tolist()):
        down, along = divmod(place, across)
        fitted = cut.fit(dataset.picture("train", number).image)
        square.paste(fitted, (along * (cell + _GAP), down * (cell + _GAP)))
    return square
