"""Layers: every layer, filter and unit of the network on one picture."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard import inside, state
from dashboard.components.layers import lab, settling
from dashboard.components.layers.look import look, publish
from dashboard.components.layers.panel import panel
from dashboard.components.layers.taking import taking
from dashboard.components.missing_model import missing_model
from dashboard.components.selection_bar import selection_bar
from dashboard.components.sources import bring, own_gallery, sample_gallery
from dashboard.text import plain

who = state.visitor()
chosen = look()

# What needs no network is drawn first: on a cold start PyTorch is still loading.
bar = st.container()
with st.container(horizontal=True, vertical_alignment="center", key="layers-title"):
    st.title("What does each layer see?", anchor=False, width="stretch")
    picture = st.popover(
        "Change the picture", icon=":material/image:", key="layers-picture", on_change="rerun"
    )
if picture.open:
    with picture:
        sample_gallery(who)
        bring(who)
        if who.own:
            own_gallery(who)

try:
    with st.spinner("Waking the network"):
        found = inside.look(who.source, who.model)
        # Held, so that nobody else's choice takes it away before this page is done.
        model = found.model
except LabError as error:
    missing_model(who, error)
else:
    for sentence in settling.settle(who, found):
        st.warning(plain(sentence), icon=":material/info:")
    lab.register()
    lab.follow(found)
    with st.container(key="layers"):
        with st.container(key="layers-strip"):
            lab.strip(who, found)
        with st.container(key="layers-grid"):
            lab.grid(who, chosen, found)
            taking(who, found)
        with st.container(key="layers-unit"):
            panel(who, chosen, found)

with bar:
    selection_bar(who)
publish(who, chosen)
