"""A page of pictures: one stop of the Tab key, arrow keys within."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.browser import browser_component
from dashboard.widgets.parts.gallery import Item


def picture_grid(
    label: str,
    items: Sequence[Item],
    *,
    key: str,
    on_pick: Callable[[str], None],
    large: bool = False,
) -> None:
    """Show the pictures; ``on_pick`` gets the id of one that is clicked, before the next run.

    Args:
        label: what the pictures are, for a reader of the screen.
        items: the pictures in order.
        key: of the element.
        on_pick: called with an item's id.
        large: whether each gets room for two lines of text.
    """

    def picked() -> None:
        chosen = st.session_state[key].picked
        if chosen in {item["id"] for item in items}:
            on_pick(chosen)

    browser_component("widgets/parts/picture_grid")(
        key=key,
        data={"label": label, "items": list(items), "large": large},
        on_picked_change=picked,
    )
