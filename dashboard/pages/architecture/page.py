"""Architecture: the network drawn, counted, compared, and changed switch by switch."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common import visitor
from dashboard.pages.architecture import plan, state
from dashboard.pages.architecture.panels.choice import choice
from dashboard.pages.architecture.panels.stage import stage
from dashboard.pages.architecture.panels.switchboard import switchboard
from dashboard.widgets.missing_model import missing_model
from dashboard.widgets.selection_bar import selection_bar

who = visitor.visitor()
board = state.board(who)

bar = st.container()
with st.container(horizontal=True, vertical_alignment="center", key="architecture-title"):
    st.title("How is the network built?", anchor=False, width="stretch")
    above = st.container(horizontal=True, gap="small", width="content", vertical_alignment="center")
with st.spinner("Reading the network"):
    try:
        known = plan.starts(who.model)
    except LabError as error:
        known = plan.variants_only()
        missing_model(who, error)
board.settle(who.model, known)
choice(board, known)
resolved = board.plan.resolve(known)
with st.container(key="architecture"):
    with st.container(key="architecture-switches"):
        switchboard(board, known, resolved)
    with st.container(key="architecture-stage"):
        stage(who, board, known, resolved, above)
visitor.publish(who, (state.LINK, board))
with bar:
    selection_bar(who)
