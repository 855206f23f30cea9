"""The figures of a data set, worked out in the background where nobody did it before."""

from __future__ import annotations

import streamlit as st

from alexnet_core.data import statistics, tasks
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.statistics import Figures
from alexnet_core.jobs import queue
from dashboard.common import dataset_caches
from dashboard.common.format import plain
from dashboard.pages.data.state import Desk


def measured(desk: Desk, dataset: Dataset) -> Figures | None:
    """The figures; None while they are worked out, or where they can't be, which is said."""
    found = statistics.load(dataset)
    if found is not None:
        return found
    name, stamp = dataset.card.name, dataset_caches.stamp(dataset.card)
    if stamp in desk.unmeasured:
        st.error(plain(desk.unmeasured[stamp]), icon=":material/error:")
        return None
    if not any(job.task.target == name for job in queue.listing() if job.outcome() is None):
        job = desk.begin(tasks.Measure(name=name))
        if job is None:
            return None
        # The strip that shows its progress stands further up.
        st.rerun()
    st.caption(
        "Every picture is looked at once; the figures are kept. The progress is shown above."
    )
    return None
