"""What the Data page shows of stored pictures, cached for all visitors and bounded.

A data set is named by its stamp: what is imported anew under an old name has another one.
"""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from alexnet_core import rendering
from alexnet_core.data import browsing, datasets
from alexnet_core.data.cards import DatasetCard
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError
from dashboard.common.caches import Source, address

TILE = 128

BLANK = (
    "data:image/svg+xml,"
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'%3E"
    "%3Cpath d='M3 3l4 4m0-4l-4 4' stroke='%23888' stroke-width='.4'/%3E%3C/svg%3E"
)
"""Stands in for a picture that can't be read any more."""


def _geometry(transform: Transform) -> str:
    return transform.to_json()


def stamp(card: DatasetCard) -> str:
    """The name of a data set's content in every cache."""
    return f"{card.name} {card.fingerprint} {card.created}"


@st.cache_data(max_entries=128, show_spinner=False)
def cover(name: str, stamp: str) -> str:
    """Some pictures of a set in one square, as an address that holds it.

    Raises:
        LabError: a picture can't be read any more.
    """
    file = io.BytesIO()
    # The gaps are transparent, which JPEG can't be, and a PNG of photos is ten times as large.
    browsing.cover(datasets.open(name)).save(file, "WEBP", quality=85)
    return address(file.getvalue(), "webp")


@st.cache_data(max_entries=4096, show_spinner=False)
def tile(name: str, stamp: str, split: str, number: int) -> str:
    """A picture at the size of the grid, as an address that holds it.

    Raises:
        LabError: it can't be read any more.
    """
    image = datasets.open(name).picture(split, number).image
    small = rendering.shrink(image, TILE)
    if max(small.size) < TILE:
        pixels = rendering.enlarge(rendering.pixels(small), TILE)
        return address(rendering.png(pixels), "png")
    return address(rendering.jpeg(small), "jpeg")


@st.cache_data(max_entries=4096, show_spinner=False, hash_funcs={Transform: _geometry})
def seen_tile(name: str, stamp: str, split: str, number: int, transform: Transform) -> str:
    """As `tile`, of the square that a network gets, each of its pixels to be seen.

    Raises:
        LabError: it can't be read any more.
    """
    square = transform.fit(datasets.open(name).picture(split, number).image)
    if transform.input_size > TILE:
        return address(rendering.jpeg(rendering.shrink(square, TILE)), "jpeg")
    return address(rendering.png(rendering.enlarge(rendering.pixels(square), TILE)), "png")


@st.cache_resource(max_entries=8, show_spinner=False)
def in_turns(name: str, stamp: str, split: str) -> NDArray[np.int64]:
    """The numbers of a split's pictures in an order in which classes take turns; not to be changed.

    Raises:
        LabError: the set can't be opened any more.
    """
    return browsing.in_turns(datasets.open(name).labels(split))


def source(name: str, split: str, number: int) -> Source:
    """A picture of a set as if it had been uploaded.

    Raises:
        LabError: it can't be read any more.
    """
    dataset = datasets.open(name)
    found = Source.of(dataset.raw(split, number), dataset.names(split)[number])
    return replace(found, place=f"{name}/{split}/{number}")


def at(place: str) -> Source:
    """The picture at a `Source.place`.

    Raises:
        LabError: there is none, or it can't be read any more.
    """
    name, split, number = (place.rsplit("/", 2) + ["", ""])[:3]
    if not number.isdecimal() or len(number) > 9:
        raise ConfigError("picture", place, "SET/SPLIT/NUMBER")
    dataset = datasets.open(name)
    if split not in dataset.card.splits or int(number) >= dataset.length(split):
        raise ConfigError("picture", place, f"one of the pictures of {name}")
    return source(name, split, int(number))
