"""Every cache of the dashboard: shared by all visitors, bounded, named by content.

A picture is named by the hash of its file, a model by what its reference means right now: a run
that trains moves on.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from alexnet_core import rendering
from alexnet_core.data import images
from alexnet_core.data.images import Picture
from dashboard.common import samples

if TYPE_CHECKING:
    from alexnet_core.evaluation.classify import Classification
    from alexnet_core.models.library import LoadedModel, ModelEntry

MOST_ANSWERS = 10
"""Best guesses kept of an answer: the most that a page shows."""

THUMBNAIL = 160
PREVIEW = 1024
SEEN = 224


@dataclass(frozen=True, slots=True)
class Source:
    """A picture file as it came; a photo weighs a tenth of what it decodes to."""

    sha256: str
    """Of the bytes, in hex: the picture's name in every cache."""
    title: str
    """What to call it, safe to show."""
    data: bytes = field(repr=False)
    place: str = field(default="", compare=False)
    """Where it lies in a data set as ``SET/SPLIT/NUMBER``, for links; empty where in none."""

    @classmethod
    def of(cls, data: bytes, name: str) -> Source:
        """A file under the name that it gave itself."""
        return cls(hashlib.sha256(data).hexdigest(), images.safe_name(name), data)


class Seen(NamedTuple):
    """What a network gets of a picture, as addresses that hold the pictures."""

    pixels: str
    """Cut to size, each pixel enlarged."""
    planes: tuple[str, ...]
    """Red, green and blue after normalisation, on the diverging scale."""
    limit: float
    """Where that scale ends, above and below zero."""
    part: tuple[float, float, float, float]
    """Left, top, width and height of what it gets, as shares of the picture."""


def _named(source: Source) -> str:
    return source.sha256


BY_HASH: dict[str | type[Any], Callable[[Any], Any]] = {Source: _named}


def model(reference: str) -> LoadedModel:
    """The network, loaded once.

    Raises:
        LabError: no such model, or it is not on this machine; the message says what to do.
    """
    return _model(reference, identity(reference))


def identity(reference: str) -> str:
    """What a reference means right now; the name of a model in every cache.

    Raises:
        LabError: as `model`.
    """
    # The library brings torch, which the first sight of the page need not wait for.
    from alexnet_core.models import library

    return library.identity(reference)


@st.cache_resource(max_entries=4, show_spinner=False)
def _model(reference: str, identity: str) -> LoadedModel:
    from alexnet_core.models import library

    return library.load(reference)


def listing() -> tuple[ModelEntry, ...]:
    """The models to choose from; read anew each time, since runs come and go."""
    from alexnet_core.models import library

    return library.listing()


@st.cache_resource(max_entries=len(samples.SAMPLES), show_spinner=False)
def sample(name: str) -> Source:
    """A sample, as anyone's upload of it would be."""
    data = samples.read(name)
    return Source(hashlib.sha256(data).hexdigest(), samples.SAMPLES[name].title, data)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_HASH)
def decoded(source: Source) -> Picture:
    """The picture itself.

    Raises:
        ImageError: the file is none that the lab reads.
    """
    return images.decode(source.data, name=source.title)


def answer(source: Source, reference: str) -> Classification:
    """The best guesses of a model for a picture.

    Raises:
        LabError: as `model` and `decoded`.
    """
    return _answer(source, reference, identity(reference))


@st.cache_data(max_entries=512, show_spinner=False, hash_funcs=BY_HASH)
def _answer(source: Source, reference: str, identity: str) -> Classification:
    from alexnet_core.evaluation.classify import classify

    return classify(model(reference), decoded(source), top=MOST_ANSWERS)


def seen(source: Source, reference: str) -> Seen:
    """What the model gets of a picture.

    Raises:
        LabError: as `model` and `decoded`.
    """
    return _seen(source, reference, identity(reference))


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_HASH)
def _seen(source: Source, reference: str, identity: str) -> Seen:
    transform = model(reference).transform
    pixels = answer(source, reference).input_pixels
    limit = rendering.normalised_limit(transform)
    planes = rendering.diverging(rendering.normalised(pixels, transform), limit)
    return Seen(
        pixels=_pixelated(pixels, SEEN),
        planes=tuple(_pixelated(plane, SEEN // 2) for plane in planes),
        limit=limit,
        part=rendering.visible_part(decoded(source).image.size, transform),
    )


@st.cache_data(max_entries=512, show_spinner=False, hash_funcs=BY_HASH)
def thumbnail(source: Source) -> str:
    """A small version as an address that holds the picture itself."""
    return address(rendering.jpeg(rendering.shrink(decoded(source).image, THUMBNAIL)), "jpeg")


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_HASH)
def preview(source: Source) -> str:
    """The picture at a size for the screen, as an address that holds it: tiny ones enlarged."""
    small = rendering.shrink(decoded(source).image, PREVIEW)
    if max(small.size) > SEEN:
        return address(rendering.jpeg(small), "jpeg")
    return _pixelated(rendering.pixels(small), SEEN)


def _pixelated(pixels: NDArray[np.uint8], side: int) -> str:
    return address(rendering.png(rendering.enlarge(pixels, side)), "png")


def address(file: bytes, kind: str) -> str:
    """A picture file as an address that holds it; ``kind`` is png or jpeg."""
    return f"data:image/{kind};base64,{base64.b64encode(file).decode()}"
