"""What may happen to training pictures, shown on a few of the chosen set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from alexnet_core import rendering
from alexnet_core.errors import LabError
from dashboard.common import caches
from dashboard.common.format import plain
from dashboard.common.html import Html, show, tag
from dashboard.pages.train.draft import Draft
from dashboard.pages.train.outlook import Outlook

if TYPE_CHECKING:
    from alexnet_core.data.augmentation_preview import Chosen
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.data.transforms import Transform

PICTURES, VERSIONS = 2, 5
_SIDE = 96


def augmentation_preview(draft: Draft, outlook: Outlook) -> None:
    """Show pictures as they are and as training may see them; another draw on request."""
    from alexnet_core.data import augmentation_preview as preview

    checked, dataset = outlook.preflight, outlook.dataset
    if checked is None or dataset is None or "augmentation.crop_margin" in outlook.refusals:
        st.caption("There are no pictures to show yet.")
        return
    augmentation, transform = checked.config.augmentation, checked.transform
    changing = augmentation != type(augmentation)()
    try:
        chosen = _pictures(dataset, checked.wide, draft.seed)
    except LabError as error:
        st.error(plain(str(error)), icon=":material/broken_image:")
        return
    as_is = preview.unchanged(chosen.pixels, transform)
    count = VERSIONS if changing else 0
    versions = preview.versions(chosen.pixels, transform, augmentation, max(1, count), draft.seed)
    rows = (
        tag(
            "tr",
            tag("th", name, scope="row"),
            _cell(plain_one, f"{name}, as it is"),
            [_cell(version, f"{name}, changed") for version in changed[:count]],
        )
        for name, plain_one, changed in zip(chosen.labels, as_is, versions, strict=True)
    )
    seen = tag("th", "as training may see it", scope="col", colspan=count) if count else None
    show(
        tag(
            "table",
            tag("caption", "Training pictures and what may happen to them"),
            tag("thead", tag("tr", tag("td"), tag("th", "as it is", scope="col"), seen)),
            tag("tbody", rows),
            class_="lab-preview",
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Others", icon=":material/shuffle:", type="tertiary", key="run-others"):
            draft.seed += 1
            st.rerun()
        size = transform.input_size
        said = "" if changing else " Nothing is changed: training sees each picture as it is."
        st.caption(f"{size} × {size} pixels, what the network gets.{said}", width="content")


def _pictures(dataset: Dataset, wide: Transform, seed: int) -> Chosen:
    return _chosen(f"{dataset.card.fingerprint} {wide.to_json()} {seed}", dataset, wide, seed)


@st.cache_data(max_entries=16, show_spinner=False)
def _chosen(name: str, _dataset: Dataset, _wide: Transform, _seed: int) -> Chosen:
    from alexnet_core.data import augmentation_preview as preview

    return preview.choose(_dataset, _wide, PICTURES, _seed)


def _cell(pixels: NDArray[np.uint8], alt: str) -> Html:
    if max(pixels.shape[:2]) > _SIDE:
        small = rendering.shrink(Image.fromarray(pixels), _SIDE)
        address = caches.address(rendering.jpeg(small), "jpeg")
    else:
        address = caches.address(rendering.png(rendering.enlarge(pixels, _SIDE)), "png")
    return tag("td", tag("img", alt=alt, src=address))
