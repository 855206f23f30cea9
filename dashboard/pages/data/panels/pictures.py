"""The pictures of a data set: by split and class, a page at a time, as they are or as seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from alexnet_core.data.dataset import Dataset
from alexnet_core.errors import LabError
from dashboard.common import caches, dataset_caches
from dashboard.common.format import plain
from dashboard.common.visitor import Visitor
from dashboard.pages.data.charts import SPLIT_NAMES
from dashboard.pages.data.panels.picture import picked
from dashboard.pages.data.state import Desk
from dashboard.widgets.parts.gallery import Item
from dashboard.widgets.parts.picture_grid import picture_grid

if TYPE_CHECKING:
    from alexnet_core.data.transforms import Transform

PAGE = 40
"""Pictures shown at a time."""

_EVERY = "every class"


def pictures(who: Visitor, desk: Desk, dataset: Dataset) -> None:
    """Choose, show and leaf through the pictures; a click shows one beside them."""
    card = dataset.card
    if desk.split not in card.splits:
        desk.split = card.splits[0]
    _choices(desk, dataset)
    transform = _transform(who) if desk.as_seen else None
    numbers = _numbers(desk, dataset)
    if not len(numbers):
        st.info(
            "This class has no picture in this split. Choose another class or split.",
            icon=":material/image_not_supported:",
        )
        return
    grid, beside = st.columns([3, 2], gap="medium")
    with grid:
        chosen = _page(desk, dataset, numbers, transform)
    with beside:
        picked(who, dataset, desk.split, chosen)


def _choices(desk: Desk, dataset: Dataset) -> None:
    card = dataset.card
    st.session_state["data-split"] = desk.split
    st.session_state["data-class"] = _EVERY if desk.label is None else desk.label
    st.session_state["data-as-seen"] = desk.as_seen
    with st.container(horizontal=True, vertical_alignment="bottom", key="data-choices"):
        st.segmented_control(
            "Split",
            card.splits,
            format_func=lambda split: f"{SPLIT_NAMES[split]} {card.length(split):,}",
            key="data-split",
            required=True,
            on_change=_choose_split,
            args=(desk,),
        )
        counts = card.counts[desk.split]
        st.selectbox(
            "Class",
            [_EVERY, *range(len(card.classes))],
            format_func=lambda label: (
                _EVERY.capitalize()
                if label == _EVERY
                else f"{card.classes[label]} ({counts[label]:,})"
            ),
            key="data-class",
            on_change=_choose_class,
            args=(desk,),
            width=280,
        )
        st.toggle(
            "As the network sees them",
            key="data-as-seen",
            on_change=_choose_view,
            args=(desk,),
            help="Cut and scaled as the model chosen above does it, each of its pixels visible.",
        )


def _choose_split(desk: Desk) -> None:
    desk.split = st.session_state["data-split"] or desk.split
    desk.page, desk.picked = 0, None


def _choose_class(desk: Desk) -> None:
    chosen = st.session_state["data-class"]
    desk.label = None if chosen == _EVERY else int(chosen)
    desk.page, desk.picked = 0, None


def _choose_view(desk: Desk) -> None:
    desk.as_seen = st.session_state["data-as-seen"]


def _transform(who: Visitor) -> Transform | None:
    try:
        with st.spinner("Waking the network"):
            transform = caches.model(who.model).transform
    except LabError as error:
        st.warning(plain(str(error)), icon=":material/cloud_off:")
        return None
    st.caption(_told(transform))
    return transform


def _told(transform: Transform) -> str:
    size = transform.input_size
    if transform.framing == "squash":
        how = "Each picture is squashed to a square"
    elif transform.framing == "pad":
        how = "Each picture is shrunk as a whole and gets borders"
    elif transform.resize in (None, size):
        how = "The short side is scaled to fit and the ends of the long one are cut off"
    else:
        how = f"The short side is scaled to {transform.resize} pixels and the middle is cut out"
    return f"{how}: {size} × {size} pixels are what the chosen model gets."


def _numbers(desk: Desk, dataset: Dataset) -> NDArray[np.int64]:
    if desk.label is None:
        stamp = dataset_caches.stamp(dataset.card)
        return dataset_caches.in_turns(dataset.card.name, stamp, desk.split)
    return np.flatnonzero(dataset.labels(desk.split) == desk.label)


def _page(
    desk: Desk, dataset: Dataset, numbers: NDArray[np.int64], transform: Transform | None
) -> int:
    """Show a page of them; returns the number of the one that is shown large."""
    card, labels = dataset.card, dataset.labels(desk.split)
    pages = -(-len(numbers) // PAGE)
    desk.page = min(desk.page, pages - 1)
    shown = numbers[desk.page * PAGE : (desk.page + 1) * PAGE].tolist()
    chosen = shown[0] if desk.picked is None else desk.picked
    waiting = st.empty()
    items = []
    for place, number in enumerate(shown):
        if place and place % 8 == 0:
            waiting.progress(place / len(shown), f"Picture {place} of {len(shown)}")
        name = card.classes[labels[number]]
        image, title = _tile(dataset, desk.split, number, transform), name
        if image is None:
            image, title = dataset_caches.BLANK, f"{name}, can't be read any more"
        items.append(
            Item(
                id=str(number),
                image=image,
                title=title,
                caption="" if desk.label is not None else name,
                chosen=number == chosen,
            )
        )
    waiting.empty()

    def pick(number: str) -> None:
        desk.picked = int(number)

    picture_grid("Pictures", items, key="pictures", on_pick=pick)
    _leaf(desk, len(numbers), pages)
    return chosen


def _tile(dataset: Dataset, split: str, number: int, transform: Transform | None) -> str | None:
    name, stamp = dataset.card.name, dataset_caches.stamp(dataset.card)
    try:
        if transform is None:
            return dataset_caches.tile(name, stamp, split, number)
        return dataset_caches.seen_tile(name, stamp, split, number, transform)
    except LabError:
        return None


def _leaf(desk: Desk, pictures: int, pages: int) -> None:
    first = desk.page * PAGE + 1
    last = min(pictures, first + PAGE - 1)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="leaf"
    ):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            key="previous",
            disabled=desk.page == 0,
            on_click=_turn,
            args=(desk, -1),
        )
        st.caption(f"{first:,}–{last:,} of {pictures:,}", width="content")
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            key="next",
            disabled=desk.page >= pages - 1,
            on_click=_turn,
            args=(desk, 1),
        )


def _turn(desk: Desk, step: int) -> None:
    desk.page, desk.picked = desk.page + step, None
