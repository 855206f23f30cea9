"""What stands in an answer's place while the model is not on this machine."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common.format import memory_size, plain
from dashboard.common.visitor import DEFAULT_MODEL, Visitor


def missing_model(who: Visitor, error: LabError) -> None:
    """Say what is missing and offer the ways out."""
    st.warning(plain(str(error)), icon=":material/cloud_off:", title="No answer from this model")
    with st.container(horizontal=True):
        if who.model == "imagenet" and st.button(
            "Download the weights (233 MB)", type="primary", icon=":material/download:"
        ):
            _download()
        st.button("Back to the model that ships", on_click=_back, args=(who,))


def _back(who: Visitor) -> None:
    who.model = DEFAULT_MODEL


def _download() -> None:
    from alexnet_core.models import imagenet

    bar = st.progress(0.0, "Downloading")

    def progress(done: int, total: int) -> None:
        bar.progress(min(done / max(total, 1), 1.0), f"{memory_size(done)} so far")

    try:
        imagenet.download_imagenet(progress)
    except LabError as error:
        bar.empty()
        st.error(plain(str(error)))
    else:
        st.rerun()
