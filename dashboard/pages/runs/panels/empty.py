"""What the page of runs says before there is one."""

from __future__ import annotations

import streamlit as st

from dashboard.common.navigation import leave_for


def empty() -> None:
    """Say what to do first."""
    with st.container(border=True, key="no-runs"):
        st.subheader("No run yet", anchor=False)
        st.markdown(
            "A run trains a network on a data set. It goes on by itself, also when this page is "
            "closed, and everything it measures is kept. A first run on drawn shapes needs no "
            "download and takes about a minute."
        )
        start("Start your first run")
        st.markdown("Or from the command line:")
        st.code("alexnet-lab train --recipe shapes-quick --detach", language="bash")


def start(words: str) -> None:
    """The way to the page that starts runs."""
    if st.button(words, type="primary", icon=":material/add:", key="to-train"):
        leave_for("train")
