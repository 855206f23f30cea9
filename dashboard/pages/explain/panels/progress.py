"""Work in the background on the page: its progress, its end, and a way to stop it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.common.format import plain
from dashboard.common.work import Work

_SECONDS = 0.5


def watching(work: Work[Any], key: str, noun: str) -> None:
    """Show how far it is; the page runs again once it has ended.

    Args:
        work: what is under way.
        key: names the elements.
        noun: what it counts, in the plural.
    """
    st.fragment(_line, run_every=_SECONDS)(work, key, noun)


def ended(work: Work[Any]) -> None:
    """Why there is no result."""
    if work.state == "failed":
        st.warning(plain(work.error), icon=":material/error:")
    elif work.state == "cancelled":
        st.caption("Cancelled. What was computed until then is kept and need not be made again.")


def _line(work: Work[Any], key: str, noun: str) -> None:
    if work.watch() != "going":
        st.rerun()
    share = min(work.done / work.total, 1.0) if work.total else 0.0
    said = f"{work.done:,} of {work.total:,} {noun}" if work.total else "Beginning"
    if work.before:
        said = f"Waiting: it is number {work.before} in the queue"
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-work"):
        if work.cancelled():
            st.progress(share, "Stopping")
        else:
            st.progress(share, said)
            st.button("Cancel", key=f"{key}-cancel", on_click=work.stop)
