"""What is wrong with a data set: pictures that are there twice, files that were left out."""

from __future__ import annotations

import streamlit as st

from alexnet_core.data.cards import DatasetCard
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.statistics import Copies, Figures
from alexnet_core.errors import LabError
from dashboard.common import dataset_caches
from dashboard.common.format import counted
from dashboard.common.html import Html, show, tag
from dashboard.pages.data.charts import SPLIT_NAMES
from dashboard.pages.data.panels.measured import measured
from dashboard.pages.data.state import Desk

GROUPS = 10
"""Groups of equal pictures shown at a time."""


def copies(desk: Desk, dataset: Dataset) -> None:
    """Pictures whose files are equal, those in two splits or two classes first."""
    found = measured(desk, dataset)
    if found is None:
        return
    if not found.group_count:
        st.success("No picture is there twice.", icon=":material/check_circle:")
        return
    for sentence in _warnings(found):
        st.warning(sentence, icon=":material/warning:")
    st.caption(
        f"More than once, equal to the last byte: {counted(found.group_count, 'picture')}. "
        "Pictures that only look alike are not found."
    )
    shown = st.session_state.get("groups-shown", GROUPS)
    for group in found.groups[:shown]:
        show(_group(dataset, group))
    if shown < len(found.groups):
        st.button(
            "Show more",
            key="more-groups",
            on_click=_show_more,
            args=(shown + GROUPS,),
        )
    elif found.group_count > len(found.groups):
        st.caption(f"The first {len(found.groups)} are shown.")


def left_out(card: DatasetCard) -> None:
    """The files that are no part of the set, and why."""
    if not card.rejected_count:
        drawn = card.stored == "drawn"
        st.success(
            "Nothing was left out." if not drawn else "Its pictures are drawn; none is left out.",
            icon=":material/check_circle:",
        )
        return
    named = len(card.rejected)
    first = "" if named == card.rejected_count else f" The first {named} are named."
    st.markdown(f"Left out: {counted(card.rejected_count, 'file')}.{first}")
    rows = (
        tag("tr", tag("th", rejected.name, scope="row"), tag("td", rejected.reason))
        for rejected in card.rejected
    )
    heads = (tag("th", text, scope="col") for text in ("File", "Why"))
    with st.container(height=420 if named > 10 else "content", border=named > 10):
        show(
            tag(
                "table",
                tag("caption", "Files that were left out"),
                tag("thead", tag("tr", heads)),
                tag("tbody", rows),
                class_="lab-facts",
            )
        )


def _warnings(found: Figures) -> list[str]:
    sentences = [
        f"{SPLIT_NAMES[split]} shares {counted(count, 'picture')} with train. A network answers "
        "better what it saw while it learned, so its accuracy there looks better than it is."
        for split, count in found.also_in_train.items()
        if count
    ]
    if found.in_two_classes:
        sentences.append(
            f"There is more than one class name for {counted(found.in_two_classes, 'picture')}. "
            "Either a name is wrong, or several are right and the network has to choose."
        )
    return sentences


def _show_more(shown: int) -> None:
    st.session_state["groups-shown"] = shown


def _group(dataset: Dataset, group: Copies) -> Html:
    card, stamp = dataset.card, dataset_caches.stamp(dataset.card)
    figures = []
    for split, number in group.pictures:
        label = card.classes[dataset.labels(split)[number]]
        name = dataset.names(split)[number]
        try:
            image = dataset_caches.tile(card.name, stamp, split, number)
        except LabError:
            image = dataset_caches.BLANK
        figures.append(
            tag(
                "figure",
                tag("img", alt=name, src=image),
                tag("figcaption", SPLIT_NAMES[split], tag("br"), label),
                title=name,
            )
        )
    more = group.count - len(group.pictures)
    rest = tag("p", f"and {more:,} more", class_="lab-note") if more else None
    return tag("div", figures, rest, class_="lab-copies")
