"""Which network is drawn, and which one beside it."""

from __future__ import annotations

import streamlit as st

from alexnet_core.models import variants
from dashboard.common.format import counted, plain
from dashboard.pages.architecture.plan import CHOSEN, Board, Starts

_NONE = "none"


def choice(board: Board, known: Starts) -> None:
    """Choose the first network and what it is compared with."""
    titles = {start: _title(start, known) for start in known}
    st.session_state["architecture-network"] = board.plan.start
    st.session_state["architecture-against"] = (
        _NONE if board.against is None else board.against.start
    )

    def begin() -> None:
        board.begin(st.session_state["architecture-network"])

    def compare() -> None:
        chosen = st.session_state["architecture-against"]
        board.compare(None if chosen == _NONE else chosen)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.selectbox(
            "Network",
            list(known),
            format_func=titles.__getitem__,
            key="architecture-network",
            on_change=begin,
        )
        st.selectbox(
            "Compare with",
            [_NONE, *known],
            format_func=(titles | {_NONE: "Nothing"}).__getitem__,
            key="architecture-against",
            on_change=compare,
        )
        st.button(
            "Swap",
            icon=":material/swap_vert:",
            help="The switches belong to the first network; this makes the other one first.",
            disabled=board.against is None,
            key="architecture-swap",
            on_click=board.swap,
        )
    st.caption(plain(_about(board, known)))


def _title(start: str, known: Starts) -> str:
    return f"The chosen model: {known[CHOSEN].name}" if start == CHOSEN else start


def _about(board: Board, known: Starts) -> str:
    """Where the first network comes from, and what is changed of the second."""
    name = board.plan.start or known[CHOSEN].name
    if name in variants.names():
        variant = variants.get(name)
        said = f"{variant.note} Source: {variant.source}."
    else:
        said = "A network of the lab's own, as its card describes it."
    if board.against is not None and board.against.changes:
        changed = counted(len(board.against.changes), "change")
        said += f" The second network has {changed}; Swap shows its switches."
    return said
