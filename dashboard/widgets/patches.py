"""Rankings and the patches they name, cached for all visitors and bounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core import rendering
from alexnet_core.data import datasets
from alexnet_core.errors import LabError
from dashboard.common import dataset_caches
from dashboard.common.caches import address
from dashboard.common.dataset_caches import BLANK, TILE
from dashboard.common.format import number
from dashboard.common.visitor import Visitor
from dashboard.widgets.parts.gallery import Item
from dashboard.widgets.parts.picture_grid import picture_grid

if TYPE_CHECKING:
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.inspection.top_activations import Patch, TopActivations
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


def patch_grid(
    label: str,
    patches: Sequence[Patch],
    dataset: Dataset,
    split: str,
    who: Visitor,
    *,
    title: Callable[[Patch], str],
    key: str,
) -> None:
    """Show patches; a click chooses the whole picture that one was cut from.

    Args:
        label: what is shown, for a screen reader.
        patches: of pictures of that split, the strongest first.
        dataset: an opened data set.
        split: train, val or test.
        who: the visitor.
        title: what a click on a patch does.
        key: names the element.
    """
    name, stamp = dataset.card.name, dataset_caches.stamp(dataset.card)
    items = [
        Item(
            id=str(patch.picture),
            image=tile(name, stamp, split, patch.picture, patch.box),
            title=title(patch),
            caption=f"{patch.label}\n{number(patch.value)}",
            chosen=False,
        )
        for patch in patches
    ]

    def pick(picture: str) -> None:
        source = dataset_caches.source(name, split, int(picture))
        who.keep(source)
        who.chosen = source.sha256

    picture_grid(label, items, key=key, on_pick=pick)
