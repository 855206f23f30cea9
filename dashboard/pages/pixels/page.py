"""Pixel by pixel: how a number of the network is made, from the numbers that it really has."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import visitor
from dashboard.common.format import plain
from dashboard.common.navigation import page_file
from dashboard.common.passes import passes
from dashboard.pages.pixels.code import code_for
from dashboard.pages.pixels.lab import Chosen, pixel_lab
from dashboard.pages.pixels.state import SOFTMAX, choice
from dashboard.pages.pixels.wire import packed
from dashboard.widgets.missing_model import missing_model
from dashboard.widgets.selection_bar import selection_bar

who = visitor.visitor()
chosen = choice(who)

# The bar needs the network only for its card; the title is there at once.
bar = st.container()
st.title("Pixel by pixel", anchor=False)
notes = st.container()

try:
    with st.spinner("Waking the network"):
        seen = passes.look(who.source, who.model)
    sentences = chosen.settle(seen.captured)
    window = packed(seen, chosen, key="pixels")
except LabError as error:
    missing_model(who, error)
else:
    # In a place of their own: what comes and goes above it must not take the explorer along.
    for sentence in sentences:
        notes.warning(plain(sentence), icon=":material/search_off:")
    if seen.captured.warning:
        notes.warning(plain(seen.captured.warning), icon=":material/error:")
    if window.note:
        notes.caption(window.note)

    def choose(said: Chosen) -> None:
        """Take what was chosen in the browser."""
        chosen.take(said, seen.captured)
        who.look_into(chosen.layer, chosen.unit or 0)

    pixel_lab(window.data, key="pixels", on_chosen=choose)
    if chosen.layer != SOFTMAX:
        st.page_link(
            page_file("layers"),
            label=f"All of {chosen.layer} on the page Layers",
            icon=":material/grid_view:",
        )
    code = st.expander("The same in Python", icon=":material/code:", key="code", on_change="rerun")
    if code.open:
        code.code(code_for(who, chosen))

with bar:
    selection_bar(who)
chosen.publish(who)
