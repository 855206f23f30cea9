"""Pictures to choose from, by pointer or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

import streamlit as st

from dashboard.browser import browser_component


class Item(TypedDict):
    """One picture of a gallery."""

    id: str
    image: str
    """Its address; a ``data:`` one needs no request."""
    title: str
    caption: str
    """Short lines below it, or nothing."""
    chosen: bool


def gallery(label: str, items: Sequence[Item], *, key: str, on_pick: Callable[[str], None]) -> None:
    """Show the pictures; ``on_pick`` gets the id of one that is clicked, before the next run."""

    def picked() -> None:
        chosen = st.session_state[key].picked
        if chosen in {item["id"] for item in items}:
            on_pick(chosen)

    browser_component("widgets/parts/gallery")(
        key=key, data={"label": label, "items": list(items)}, on_picked_change=picked
    )
