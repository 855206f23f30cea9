"""Classify: a picture in, the network's best guesses out."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import caches, visitor
from dashboard.common.format import plain
from dashboard.pages.classify.code import code_for
from dashboard.pages.classify.panels.answer import answer
from dashboard.widgets.missing_model import missing_model
from dashboard.widgets.network_view import network_view
from dashboard.widgets.original import frame, original
from dashboard.widgets.selection_bar import selection_bar
from dashboard.widgets.sources import bring, own_gallery, sample_gallery

who = visitor.visitor()

# What needs no network is drawn first: on a cold start PyTorch is still loading.
bar = st.container()
st.title("What is in the picture?", anchor=False)
left, right = st.columns([5, 6], gap="medium")
with left:
    shown = st.container(key="picture")
    own = st.container()
    sample_gallery(who)
    bring(who)
with shown:
    original(who.source)

with right, st.spinner("Waking the network"):
    try:
        loaded = caches.model(who.model)
        found = caches.answer(who.source, who.model)
    except LabError as error:
        missing_model(who, error)
    else:
        with st.container(key="answer"):
            answer(who, found, loaded.categories)
        st.subheader("What the network sees", anchor=False)
        seen = caches.seen(who.source, who.model)
        network_view(seen, loaded.transform.input_size)
        with shown:
            frame(seen.part)
        names = ", ".join(loaded.categories[:12])
        more = "" if len(loaded.categories) <= 12 else ", and more"
        st.caption(
            f"It knows {len(loaded.categories):,} classes: {plain(names)}{more}. "
            "Whatever the picture shows, it answers with one of them."
        )
        code = st.expander(
            "The same in Python", icon=":material/code:", key="code", on_change="rerun"
        )
        if code.open:
            code.code(code_for(who))

with bar:
    selection_bar(who)
with own:
    if who.own:
        own_gallery(who)
visitor.publish(who)
