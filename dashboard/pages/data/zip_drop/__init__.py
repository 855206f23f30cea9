"""A place to drop a ZIP: the browser streams it to the server's disk."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.browser import browser_component
from dashboard.pages.data import uploads


def zip_drop(*, key: str, on_arrival: Callable[[str, str], None]) -> None:
    """Show the place; ``on_arrival`` gets the upload's name and what the file was called.

    The transfer goes on while its visitor looks at other pages of the lab.
    """

    def arrived() -> None:
        found = st.session_state[key].received
        if isinstance(found, dict):
            on_arrival(str(found.get("id")), str(found.get("name")))

    browser_component("pages/data/zip_drop")(
        key=key,
        data={"path": uploads.PATH, "most": uploads.largest()},
        on_received_change=arrived,
    )
