"""Layers: every layer, filter and unit of the network on one picture."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import visitor
from dashboard.common.format import plain
from dashboard.common.passes import passes
from dashboard.pages.layers.panels import maps
from dashboard.pages.layers.panels.export import taking
from dashboard.pages.layers.panels.unit import panel
from dashboard.pages.layers.state import LINK, look, settle
from dashboard.widgets.missing_model import missing_model
from dashboard.widgets.selection_bar import selection_bar
from dashboard.widgets.sources import bring, own_gallery, sample_gallery

who = visitor.visitor()
chosen = look(who)

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
        found = passes.look(who.source, who.model)
        # Held, so that nobody else's choice takes it away before this page is done.
        model = found.model
except LabError as error:
    missing_model(who, error)
else:
    for sentence in settle(who, found):
        st.warning(plain(sentence), icon=":material/info:")
    maps.follow(found)
    with st.container(key="layers"):
        with st.container(key="layers-strip"):
            maps.strip(who, chosen, found)
        with st.container(key="layers-grid"):
            maps.grid(who, chosen, found)
            taking(who, found)
        with st.container(key="layers-unit"):
            panel(who, chosen, found)

with bar:
    selection_bar(who)
visitor.publish(who, (visitor.PLACE, who), (LINK, chosen))
