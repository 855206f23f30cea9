"""From one page to another, without being asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import streamlit as st

from dashboard.common import compat

_PAGES = Path(__file__).resolve().parents[1] / "pages"


def page_file(page: str) -> str:
    """The script of a page, by which Streamlit knows it."""
    return str(_PAGES / page / "page.py")


def leave_for(page: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """Go to a page, with the query of a link to it."""
    compat.forget_fragments()
    st.switch_page(page_file(page), query_params=query)
