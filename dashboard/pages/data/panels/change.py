"""Changes of a data set: names of its classes, pictures set apart, its end."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from alexnet_core.data import datasets, editing, tasks
from alexnet_core.data.cards import DatasetCard
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.dataset import Dataset
from alexnet_core.errors import LabError
from dashboard.common.format import memory_size, plain
from dashboard.common.visitor import DEFAULT_DATASET, Visitor
from dashboard.pages.data.state import Desk, Said


def change(who: Visitor, desk: Desk, dataset: Dataset) -> None:
    """What can be changed of a data set; nothing of one that is drawn."""
    card = dataset.card
    if card.stored == "drawn":
        st.info(
            "These pictures are drawn by the lab whenever they are needed. There is nothing to "
            "rename, to set apart or to delete.",
            icon=":material/draw:",
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        _rename(desk, card)
    with right:
        _set_apart(desk, card)
        st.markdown("**Delete**")
        st.caption("Asks first. A set that a run still needs is kept.")
        if st.button("Delete this data set", icon=":material/delete:", key="delete"):
            _confirm(who, desk, card)


def _rename(desk: Desk, card: DatasetCard) -> None:
    st.markdown("**Names of the classes**")
    if card.name in KNOWN:
        st.caption("This is a published set; its class names are fixed.")
        return
    st.caption(
        "One name a line, in the same order. Pictures and class numbers stay; networks that "
        "learned from this set keep the names that they learned."
    )
    # Another list of names is another field, or the old text would stay in it.
    key = f"class-names-{card.name}-{hash(card.classes)}"
    st.text_area(
        "Names of the classes",
        "\n".join(card.classes),
        key=key,
        height=min(420, 60 + 24 * len(card.classes)),
        label_visibility="collapsed",
    )
    # Never greyed out: while somebody types, the page does not know yet that there is a change.
    st.button(
        "Rename",
        icon=":material/edit:",
        key="rename",
        on_click=_rename_classes,
        args=(desk, card, key),
    )


def _rename_classes(desk: Desk, card: DatasetCard, key: str) -> None:
    # Read here: what was typed just before the click came with it, after the page was drawn.
    names = [line.strip() for line in st.session_state[key].strip().splitlines()]
    if names == list(card.classes):
        desk.said = [Said("neutral", "The names are as they were; type others first.")]
        return
    _do(
        desk,
        lambda: editing.rename_classes(card.name, names),
        "The classes have their new names.",
    )


def _set_apart(desk: Desk, card: DatasetCard) -> None:
    st.markdown("**Validation split**")
    if card.length("val") and not card.set_apart:
        st.caption(
            f"It has one: {card.length('val'):,} pictures. It is kept as it is, so that figures "
            "stay comparable."
        )
        return
    st.caption(
        "Sets training pictures of every class apart, to tell during training how the network "
        "does on pictures that it did not learn from. 0 puts them back. Without this split each "
        "run sets some apart by itself."
    )
    key = f"apart-{card.fingerprint}"
    percent = st.slider(
        "Percent of the training pictures", 0, editing.MOST_APART, card.set_apart or 10, key=key
    )
    st.number_input(
        "Seed of the draw",
        0,
        2**31 - 1,
        0,
        key="apart-seed",
        help="The same seed sets the same pictures apart.",
    )
    st.button(
        "Set apart" if percent else "Put back",
        icon=":material/call_split:",
        key="set-apart",
        disabled=not percent and not card.set_apart,
        on_click=_begin_set_apart,
        args=(desk, card, key),
    )


def _begin_set_apart(desk: Desk, card: DatasetCard, key: str) -> None:
    percent, seed = int(st.session_state[key]), int(st.session_state["apart-seed"])
    desk.begin(tasks.SetApart(name=card.name, percent=percent, seed=seed))


def _do(desk: Desk, action: Callable[[], object], done: str) -> None:
    """Change something and tell how it went."""
    desk.said.clear()
    try:
        action()
    except LabError as error:
        desk.said.append(Said("bad", str(error)))
    else:
        desk.said.append(Said("good", done))


@st.dialog("Delete this data set?", icon=":material/delete:")
def _confirm(who: Visitor, desk: Desk, card: DatasetCard) -> None:
    pictures = sum(card.length(split) for split in card.splits)
    if card.stored == "copied":
        lost = f"{pictures:,} pictures, {memory_size(card.total_bytes)}, are removed from the disk"
    else:
        lost = f"The lab forgets where its {pictures:,} pictures lie; the pictures stay there"
    st.markdown(f"**{plain(card.title)}**. {lost}. Networks that learned from it stay.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="delete-yes"):
            _do(desk, lambda: _delete(who, card), f"{card.title} is deleted.")
            st.rerun()
        if st.button("Keep it", key="delete-no"):
            st.rerun()


def _delete(who: Visitor, card: DatasetCard) -> None:
    datasets.delete(card.name)
    who.dataset = DEFAULT_DATASET
