"""One picture of a data set, large, with what the chosen network gets of it and says to it."""

from __future__ import annotations

import streamlit as st

from alexnet_core.data.dataset import Dataset
from alexnet_core.errors import LabError
from dashboard.common import caches, dataset_caches
from dashboard.common.caches import Source
from dashboard.common.format import percent, plain
from dashboard.common.navigation import leave_for
from dashboard.common.visitor import Visitor
from dashboard.widgets.network_view import network_view
from dashboard.widgets.original import frame, original

CLASSIFY = "classify"


def picked(who: Visitor, dataset: Dataset, split: str, number: int) -> None:
    """Show the picture of that number within its split."""
    label = dataset.card.classes[dataset.labels(split)[number]]
    try:
        source = dataset_caches.source(dataset.card.name, split, number)
        original(source)
    except LabError as error:
        st.error(plain(str(error)), icon=":material/broken_image:")
        return
    st.markdown(f"Its class: **{plain(label)}**")
    try:
        with st.spinner("Waking the network"):
            loaded = caches.model(who.model)
            seen = caches.seen(source, who.model)
            best = caches.answer(source, who.model).predictions[0]
    except LabError as error:
        st.warning(plain(str(error)), icon=":material/cloud_off:")
        return
    frame(seen.part)
    network_view(seen, loaded.transform.input_size)
    st.caption(
        f"The chosen model answers {plain(best.label)} ({percent(best.probability)}). "
        "It can only name classes that it learned."
    )
    if st.button("Ask about it on Classify", icon=":material/arrow_forward:", key="classify-it"):
        _take(who, source)
        leave_for(CLASSIFY)


def _take(who: Visitor, source: Source) -> None:
    who.keep(source)
    who.chosen = source.sha256
