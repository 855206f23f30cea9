"""What a run's worker printed."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from alexnet_core.errors import LabError
from alexnet_core.runs.records import Run
from dashboard.common.format import plain

LINES = 200
HEIGHT = 320
"""Pixels of the box that a longer log scrolls in."""

SHORT = 12
"""Lines that need no box to scroll in."""


def log(run: Run) -> None:
    """Show the end of the log; it follows while the run goes on and the log is open."""
    box = st.expander("Log", icon=":material/article:", key="run-log", on_change="rerun")
    if box.open:
        with box:
            st.fragment(_tail, run_every=1.0 if run.status.live else None)(run.id)


def _tail(run: str) -> None:
    from alexnet_core.orchestration import run_api

    try:
        text = run_api.log_tail(run, LINES)
    except (LabError, OSError) as error:
        st.warning(plain(str(error)))
        return
    if not text.strip():
        st.caption("Nothing has been printed yet.")
        return
    lines = text.count("\n") + 1
    height: int | Literal["content"] = HEIGHT if lines > SHORT else "content"
    with st.container(height=height, autoscroll=True, border=False, key="run-log-lines"):
        st.code(text, language=None, wrap_lines=True)
