"""The arithmetic of one unit, computed in the browser while a person points at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import streamlit as st

from dashboard.browser import browser_component


class Chosen(TypedDict):
    """What a person chose; None where it was not said."""

    layer: str
    unit: int | None
    row: int | None
    column: int | None
    channel: int | None


def pixel_lab(packed: bytes, *, key: str, on_chosen: Callable[[Chosen], None]) -> None:
    """Show a window.

    Args:
        packed: what `alexnet_core.inspection.arithmetic.window.Window.packed` gives, with more
            facts: ``id``, ``layers``, ``place``, ``channel``, ``scale``, ``labels``, ``colours``.
        key: names the element.
        on_chosen: gets every choice once it stands, before the next run.
    """

    def chosen() -> None:
        said = st.session_state[key].chosen
        if not isinstance(said, dict) or not isinstance(said.get("layer"), str):
            return
        numbers = {name: said.get(name) for name in ("unit", "row", "column", "channel")}
        if all(
            number is None or (type(number) is int and number >= 0) for number in numbers.values()
        ):
            on_chosen(
                Chosen(
                    layer=said["layer"],
                    unit=numbers["unit"],
                    row=numbers["row"],
                    column=numbers["column"],
                    channel=numbers["channel"],
                )
            )

    browser_component("pages/pixels/lab")(key=key, data=packed, on_chosen_change=chosen)
