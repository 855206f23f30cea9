"""The data sets of this machine, a picture each, and the published ones that can be fetched."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from alexnet_core.data import datasets, tasks
from alexnet_core.data.datasets import DatasetEntry
from alexnet_core.errors import LabError
from alexnet_core.jobs import queue
from alexnet_core.jobs.task import Task
from dashboard.common import dataset_caches
from dashboard.common.format import plain
from dashboard.common.visitor import Visitor
from dashboard.pages.data.state import Desk
from dashboard.widgets.parts.gallery import Item
from dashboard.widgets.parts.picture_grid import picture_grid

_COLUMNS = 3


def sets_here(who: Visitor, desk: Desk, entries: Sequence[DatasetEntry]) -> None:
    """The sets that can be looked at now; a click chooses one."""
    waiting = st.empty()
    items = []
    for number, entry in enumerate(entries):
        if number:
            waiting.progress(number / len(entries), "Looking at the data sets")
        items.append(
            Item(
                id=entry.name,
                image=_cover(entry),
                title=entry.title,
                caption=f"{entry.title}\n{entry.pictures:,} pictures\n{entry.classes} classes",
                chosen=entry.name == who.dataset.partition(":")[0],
            )
        )
    waiting.empty()

    def choose(name: str) -> None:
        who.dataset = name
        desk.said.clear()

    picture_grid("Data sets on this machine", items, key="sets", on_pick=choose, large=True)


def published_sets(desk: Desk, entries: Sequence[DatasetEntry], live: Sequence[Task]) -> None:
    """The published sets that are not here yet, one button each."""
    busy = {task.target for task in live}
    for first in range(0, len(entries), _COLUMNS):
        for column, entry in zip(
            st.columns(_COLUMNS), entries[first : first + _COLUMNS], strict=False
        ):
            with column.container(border=True, height="stretch", key=f"known-{entry.name}"):
                _published(desk, entry, busy=entry.name in busy)


def not_here(desk: Desk, entry: DatasetEntry) -> None:
    """What stands in place of a published set that somebody's link names."""
    st.info(f"{plain(entry.title)} is not on this machine yet.", icon=":material/cloud_download:")
    live = queue.under_way(tasks.Download, tasks.Import)
    busy = entry.name in {job.task.target for job in live}
    with st.container(border=True, width=480, key="chosen-known"):
        _published(desk, entry, busy=busy, key="chosen")


def _published(desk: Desk, entry: DatasetEntry, *, busy: bool, key: str = "") -> None:
    st.markdown(f"**{plain(entry.title)}**")
    st.markdown(plain(entry.purpose))
    st.caption(
        f"{entry.classes} classes · {entry.pictures:,} pictures · {entry.size_mb:g} MB to fetch  \n"
        f"Licence: {plain(entry.licence)}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Downloading" if busy else "Download",
            key=f"download-{entry.name}{key}",
            icon=":material/download:",
            disabled=busy,
            help=f"Fetch {entry.title} from its authors and import it",
            on_click=_download,
            args=(desk, entry.name),
        )
        with st.popover("Offline?", type="tertiary", help=f"How to bring {entry.title} by hand"):
            st.markdown(
                "Take the pictures from another machine as a ZIP with one folder for each class, "
                "in folders `train` and `test`. Drop it above; it is recognised by its classes. "
                "Or import it in a terminal:"
            )
            st.code(f"alexnet-lab data import FILE --name {entry.name}", language="bash")
            st.caption("A download that fails says where to put the authors' own file instead.")


def _download(desk: Desk, name: str) -> None:
    desk.begin(tasks.Download(name=name))


def _cover(entry: DatasetEntry) -> str:
    try:
        card = datasets.open(entry.name).card
        return dataset_caches.cover(entry.name, dataset_caches.stamp(card))
    except LabError:
        # Choosing it says what is wrong.
        return dataset_caches.BLANK
