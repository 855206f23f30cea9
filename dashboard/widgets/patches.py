"""Rankings and the patches they name, cached for all visitors and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core import rendering
from alexnet_core.data import datasets
from alexnet_core.errors import LabError
from dashboard.common.caches import address
from dashboard.common.dataset_caches import BLANK, TILE

if TYPE_CHECKING:
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.inspection.top_activations import TopActivations
    from alexnet_core.models.library import LoadedModel


def ranking(model: LoadedModel, dataset: Dataset, split: str) -> TopActivations | None:
    """The strongest patches of every unit; None where they have yet to be found."""
    from alexnet_core.inspection import ranking_files

    name = ranking_files.key(model, dataset, split)
    try:
        written = ranking_files.path_of(name).stat().st_mtime_ns
    except OSError:
        return None
    return _ranking(name, written)


@st.cache_resource(max_entries=4, show_spinner=False)
def _ranking(name: str, written: int) -> TopActivations | None:
    from alexnet_core.inspection import ranking_files

    return ranking_files.load(name)


@st.cache_data(max_entries=1024, show_spinner=False)
def tile(
    name: str, stamp: str, split: str, number: int, box: tuple[float, float, float, float]
) -> str:
    """A part of a stored picture as an address that holds it; a sign in place of a lost one."""
    try:
        image = datasets.open(name).picture(split, number).image
    except LabError:
        return BLANK
    left, top, right, bottom = box
    # Every pixel that the unit sees a part of.
    edges = (int(left), int(top), max(-int(-right // 1), 1), max(-int(-bottom // 1), 1))
    pixels = rendering.pixels(rendering.shrink(image.crop(edges), TILE))
    if max(pixels.shape[:2]) < TILE:
        return address(rendering.png(rendering.enlarge(pixels, TILE)), "png")
    return address(rendering.jpeg(pixels), "jpeg")
