"""Data: the pictures that a network learns from, looked at before it does."""

from __future__ import annotations

import streamlit as st

from alexnet_core.data import datasets
from alexnet_core.errors import DatasetNotHereError, LabError
from dashboard.common import visitor
from dashboard.common.format import plain
from dashboard.pages.data.panels import checks, facts
from dashboard.pages.data.panels.bring import bring, preview
from dashboard.pages.data.panels.change import change
from dashboard.pages.data.panels.jobs import live_jobs, sentences, work_strip
from dashboard.pages.data.panels.pictures import pictures
from dashboard.pages.data.panels.sets import not_here, published_sets, sets_here
from dashboard.pages.data.state import desk as desk_of
from dashboard.widgets.selection_bar import selection_bar

TABS = ("Pictures", "Classes", "Sizes and colours", "Copies", "Left out", "Change")

who = visitor.visitor()
desk = desk_of()
desk.settle(who)
entries = datasets.listing()
here = [entry for entry in entries if entry.here]
live = live_jobs()

bar = st.container()
st.title("What should a network learn from?", anchor=False)
sentences(desk)
work_strip(live)
sets_here(who, desk, here)

if desk.incoming is not None:
    with st.container(border=True, key="incoming"):
        preview(desk, desk.incoming)
else:
    with st.expander(
        "Add a data set",
        expanded=len(here) == 1,
        icon=":material/add:",
        key="add",
        on_change="rerun",
    ) as add:
        if add.open:
            bring(desk)
            away = [entry for entry in entries if not entry.here]
            if away:
                st.markdown("**Or a published set, one click each**")
                published_sets(desk, away, [job.task for job in live])

try:
    with st.spinner("Opening the data set"):
        dataset = datasets.open(who.dataset)
except DatasetNotHereError:
    not_here(desk, next(entry for entry in entries if entry.name == who.dataset))
except LabError as error:
    st.warning(plain(str(error)), icon=":material/search_off:", title="No such data set")
    st.markdown("Choose one of the sets above, or add one.")
else:
    card = dataset.card
    desk.browse(card.name)
    st.header(plain(card.title), anchor=False)
    st.caption(facts.about(card))
    facts.strip(dataset)
    if not card.length("val"):
        change_it = "" if card.stored == "drawn" else " Under Change you do it once for all runs."
        st.caption(
            "There is no validation split. A run sets some training pictures apart by itself."
            + change_it
        )
    tabs = dict(zip(TABS, st.tabs(list(TABS), key="data-tab", on_change="rerun"), strict=True))
    shown = next(name for name, tab in tabs.items() if tab.open)
    with tabs[shown]:
        if shown == "Pictures":
            pictures(who, desk, dataset)
        elif shown == "Classes":
            facts.classes(card)
        elif shown == "Sizes and colours":
            facts.sizes_and_colours(who, desk, dataset)
        elif shown == "Copies":
            checks.copies(desk, dataset)
        elif shown == "Left out":
            checks.left_out(card)
        else:
            change(who, desk, dataset)

with bar:
    selection_bar(who)
visitor.publish(who)
