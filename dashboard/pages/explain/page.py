"""Explain: where the answer comes from, by many methods, and how far to believe each."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import visitor
from dashboard.common.format import plain
from dashboard.common.passes import passes
from dashboard.pages.explain import board
from dashboard.pages.explain.ledger import ledger
from dashboard.pages.explain.paint import paint
from dashboard.pages.explain.panels import randomisation
from dashboard.pages.explain.panels.agreement import agreement
from dashboard.pages.explain.panels.opened_card import panel
from dashboard.pages.explain.panels.report import report
from dashboard.pages.explain.panels.trial import trial
from dashboard.pages.explain.state import LINK, PARTS, choice, settle
from dashboard.widgets.missing_model import missing_model
from dashboard.widgets.selection_bar import selection_bar
from dashboard.widgets.sources import bring, own_gallery, sample_gallery

who = visitor.visitor()

# What needs no network is drawn first: on a cold start PyTorch is still loading.
bar = st.container()
with st.container(horizontal=True, vertical_alignment="center", key="explain-title"):
    st.title("Why this answer?", anchor=False, width="stretch")
    other = st.container(width="content")
    picture = st.popover(
        "Change the picture", icon=":material/image:", key="explain-picture", on_change="rerun"
    )
if picture.open:
    with picture:
        sample_gallery(who)
        bring(who)
        if who.own:
            own_gallery(who)

with st.spinner("Waking the network"):
    chosen = choice()
    try:
        found = passes.look(who.source, who.model)
        # Held, so that nobody else's choice takes it away before this page is done.
        model = found.model
        sentences = settle(chosen, found)
        failed = None
    except LabError as error:
        failed = error
if failed is not None:
    missing_model(who, failed)
elif found.captured.broken:
    st.warning(plain(found.captured.warning), icon=":material/error:")
    st.markdown("There is nothing to explain. Choose another model, or an earlier epoch.")
else:
    for sentence in sentences:
        st.warning(plain(sentence), icon=":material/info:")
    with other:
        board.another(chosen, found)
    with st.container(key="explain"):
        with st.container(key="explain-board-side"):
            board.board(who, chosen, found)
        with st.container(key="explain-panel"):
            panel(who, chosen, found)
    shown = st.tabs(list(PARTS), key="explain-part", on_change="rerun", default=chosen.began)
    tabs = dict(zip(PARTS, shown, strict=True))
    chosen.part = next(name for name, tab in tabs.items() if tab.open)
    with tabs[chosen.part]:
        try:
            if chosen.part == "Method trial":
                trial(chosen, found)
            elif chosen.part == "Paint and watch":
                paint(who, chosen, found)
            elif chosen.part == "Prediction ledger":
                ledger(who, chosen, found)
            elif chosen.part == "Sanity lever":
                randomisation.lever(chosen, found)
            elif chosen.part == "Agreement":
                agreement(chosen, found)
            else:
                report(who, chosen, found)
        except LabError as error:
            st.warning(plain(str(error)), icon=":material/error:")

with bar:
    selection_bar(who)
visitor.publish(who, (LINK, chosen))
