"""From one page to another, without being asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_PAGES = Path(__file__).resolve().parents[1] / "pages"


def page_file(page: str) -> str:
    """The script of a page, by which Streamlit knows it."""
    return str(_PAGES / page / "page.py")


def leave_for(page: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """Go to a page, with the query of a link to it.

    A part of this page that runs by itself may be asked for once more before the browser hears of
    the other page. Streamlit would run it afterwards, as a part of a page that is no longer
    shown, and the browser would take everything off the screen. Forgotten, it is not run.
    """
    context = get_script_run_ctx()
    if context is not None:
        context.fragment_storage.clear()
    st.switch_page(page_file(page), query_params=query)
