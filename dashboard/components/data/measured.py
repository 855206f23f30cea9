"""The figures of a data set, worked out in the background where nobody did it before."""

from __future__ import annotations

import streamlit as st

from alexnet_core.data import figures, jobs, tasks
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.figures import Figures
from dashboard import data_resources
from dashboard.components.data.desk import Desk
from dashboard.text import plain


def measured(desk: Desk, dataset: Dataset) -> Figures | None:
    """The figures; None while they are worked out, or where they can't be, which is said."""
    found = figures.load(dataset)
    if found is not None:
        return found
    name, stamp = dataset.card.name, data_resources.stamp(dataset.card)
    if stamp in desk.unmeasured:
        st.error(plain(desk.unmeasured[stamp]), icon=":material/error:")
        return None
    if not any(job.task.target == name for job in jobs.listing() if job.outcome() is None):
        job = desk.begin(tasks.Measure(name=name))
        if job is None:
            return None
        # The strip that shows its progress stands further up.
        st.rerun()
    st.caption(
        "Every picture is looked at once; the figures are kept. The progress is shown above."
    )
    return None
