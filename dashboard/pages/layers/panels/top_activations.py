"""What excites a unit: the strongest patches of a data set, and a picture made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.data import datasets
from alexnet_core.errors import LabError
from alexnet_core.jobs import queue
from dashboard.common.format import plain, rate
from dashboard.common.passes.passes import Inside
from dashboard.common.units import RANKED, behind, noun
from dashboard.common.visitor import Visitor
from dashboard.pages.layers.panels.feature_visualization import dreamt
from dashboard.pages.layers.state import Look
from dashboard.widgets.patches import patch_grid, ranking

if TYPE_CHECKING:
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.inspection.top_activations import TopActivations
    from alexnet_core.jobs.queue import Job

COUNT = 10
_SECONDS = 0.5


def excites(who: Visitor, chosen: Look, found: Inside) -> None:
    """Show both."""
    try:
        _patches(who, chosen, found)
    except LabError as error:
        st.warning(plain(str(error)), icon=":material/database_off:")
    dreamt(who, found)


def _patches(who: Visitor, chosen: Look, found: Inside) -> None:
    from alexnet_core.inspection import ranking_job

    name = _choice(who, found)
    dataset = datasets.open(name)
    split = "test" if dataset.card.length("test") else dataset.card.splits[-1]
    ranked = ranking(found.model, dataset, split)
    if ranked is not None:
        _shown(who, found, ranked, dataset, split)
        return
    job = ranking_job.going(found.model, name, split)
    if job is not None:
        st.fragment(_work, run_every=_SECONDS)(job.id)
        return
    _told(chosen)
    st.markdown(
        f"Which of the {dataset.card.length(split):,} {split} pictures excite it most? One pass "
        "finds the strongest patches of all units of all layers, and they are kept."
    )
    st.button(
        "Find the strongest patches",
        icon=":material/manage_search:",
        key="rank",
        on_click=_begin,
        args=(chosen, found, name, split),
    )


def _choice(who: Visitor, found: Inside) -> str:
    """The data set: that of the model where it is here, unless a person chose another."""
    titles = {entry.name: entry.title for entry in datasets.listing() if entry.here}
    titles.setdefault(who.dataset, who.dataset)
    card = found.model.card
    own = card.dataset if card is not None and card.dataset in titles else who.dataset
    return str(
        st.selectbox(
            "Data set",
            list(titles),
            index=list(titles).index(own),
            format_func=titles.__getitem__,
            key=f"rank-set-{found.reference}",
        )
    )


def _begin(chosen: Look, found: Inside, name: str, split: str) -> None:
    from alexnet_core.inspection import ranking_job

    try:
        chosen.job = ranking_job.begin(found.model, name, split).id
    except LabError as error:
        chosen.said = str(error)


def _work(name: str) -> None:
    job = queue.get(name)
    if job is None or job.outcome() is not None:
        st.rerun()
    else:
        _line(job)


def _line(job: Job) -> None:
    progress = job.progress()
    share = progress.done / progress.total if progress.total else 0.0
    done = f": {progress.done:,} of {progress.total:,}" if progress.total else ""
    with st.container(horizontal=True, vertical_alignment="center", key="rank-work"):
        if job.stopping:
            st.progress(min(share, 1.0), "Stopping")
            return
        st.progress(min(share, 1.0), f"{progress.stage}{done}")
        st.button("Cancel", key="rank-cancel", on_click=job.stop)


def _told(chosen: Look) -> None:
    """Why the ranking that was begun is not there."""
    job = queue.get(chosen.job) if chosen.job else None
    outcome = job.outcome() if job else None
    if job is not None and outcome is not None:
        if outcome.status == "failed":
            chosen.said = outcome.sentence
        elif outcome.status == "stopped":
            chosen.said = "The search was cancelled; nothing of it is kept."
        job.forget()
        chosen.job = ""
    if chosen.said:
        st.warning(plain(chosen.said), icon=":material/info:")
        chosen.said = ""


def _shown(
    who: Visitor, found: Inside, ranked: TopActivations, dataset: Dataset, split: str
) -> None:
    spec, unit = behind(found.model.config, who.layer, who.unit, RANKED)
    patches = ranked.patches(spec.name, unit, COUNT)
    where = "" if spec.name == who.layer else f" of {spec.name}, {noun(spec)} {unit}"
    if not patches:
        st.markdown(f"No picture of this set excites it{where}: it is silent on all of them.")
        return
    share, dead = float(ranked.fires(spec.name)[unit]), ranked.dead(spec.name)
    patch_grid(
        "Strongest patches",
        patches,
        dataset,
        split,
        who,
        title=lambda patch: f"Look at picture {patch.picture} ({patch.label}) with this unit",
        key="patches",
    )
    st.caption(
        f"The strongest patches{where}, each with its class and the value it gives. It fires on "
        f"{rate(share, 0)} of the pictures; {rate(dead, 0)} of the layer's units fire on none. "
        "A click opens the picture here."
    )
