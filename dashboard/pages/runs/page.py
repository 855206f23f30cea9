"""Runs: every run of the lab, one of them in full, or several side by side."""

from __future__ import annotations

import streamlit as st

from alexnet_core import home
from alexnet_core.errors import LabError
from alexnet_core.runs.store import Store
from dashboard.common import visitor
from dashboard.common.format import plain
from dashboard.pages.runs import requests
from dashboard.pages.runs.panels.compare import compare
from dashboard.pages.runs.panels.controls import no_runs, start
from dashboard.pages.runs.panels.detail import detail
from dashboard.pages.runs.table import run_table
from dashboard.widgets.selection_bar import selection_bar

who = visitor.visitor()

# The bar needs the network; the runs do not wait for it.
bar = st.container()
with st.container(horizontal=True, vertical_alignment="center", key="runs-title"):
    st.title("Runs", anchor=False, width="stretch")
    above = st.container(width="content")

try:
    runs = {run.id: run for run in Store.open().listing(lab=home.lab())}
except LabError as error:
    st.error(plain(str(error)), title="The runs can't be read now", icon=":material/database_off:")
    runs = {}
else:
    if not runs:
        no_runs()
    else:
        with above:
            start("Start a run")

who.compared = tuple(run for run in who.compared if run in runs)
if who.run != visitor.LATEST and who.run not in runs:
    if runs:
        st.warning(
            plain(f"There is no run {who.run} any more, so this is the newest one."),
            icon=":material/search_off:",
        )
    who.choose_run(visitor.LATEST)

if runs:
    shown = who.run if who.run != visitor.LATEST else next(iter(runs))

    def tick(ticked: tuple[str, ...]) -> None:
        """Take the choice of runs to compare."""
        who.compared = ticked

    run_table(
        chosen="" if len(who.compared) > 1 else shown,
        compared=who.compared,
        wishes=requests.wishes(),
        key="runs",
        on_open=who.choose_run,
        on_compare=tick,
    )
    if len(who.compared) > 1:
        compare(who)
    else:
        detail(who, shown, sorted({tag for run in runs.values() for tag in run.tags}))

with bar:
    selection_bar(who)
visitor.publish(who, (visitor.RUN, who))
