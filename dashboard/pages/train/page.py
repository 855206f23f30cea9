"""Train: a run is put together on the left; what it will be is said on the right."""

from __future__ import annotations

import streamlit as st

from alexnet_core.models.anatomy import describe
from alexnet_core.planning.overrides import command
from dashboard.common import visitor
from dashboard.common.charts import show
from dashboard.common.format import plain
from dashboard.pages.train import prerender, state
from dashboard.pages.train.outlook import look_ahead
from dashboard.pages.train.panels.augmentation import augmentation_preview
from dashboard.pages.train.panels.form import basics, dataset_choice, recipe_choice
from dashboard.pages.train.panels.layer_flow import layer_flow, layer_table
from dashboard.pages.train.panels.schedule import schedule_chart, words
from dashboard.pages.train.panels.sections import sections
from dashboard.pages.train.panels.start import start
from dashboard.pages.train.panels.summary import seconds_of, summary
from dashboard.pages.train.panels.sweep import sweep_section
from dashboard.widgets.selection_bar import selection_bar

who = visitor.visitor()
draft = state.draft(who)
bar = st.container()
st.title("Train a network", anchor=False)
halves = st.grid(2, min_column_width=440, gap=("large", "medium"))
left, right = halves.cell(), halves.cell()
with left, st.spinner("Looking ahead"):
    outlook = look_ahead(draft)
config, refusals = outlook.config, outlook.refusals

with left:
    first, second = st.columns(2, gap="medium")
    with first:
        recipe_choice(draft)
    with second:
        dataset_choice(draft, refusals)
    basics(draft, refusals)
    starting = st.container()
    sections(draft, config, refusals)
    sweep, problem = sweep_section(draft, config)
    said = st.expander(
        "The same on the command line",
        icon=":material/terminal:",
        key="run-code",
        on_change="rerun",
    )
    if said.open:
        commands = [command(run.config) for run in sweep] or [command(config)]
        said.code("\n".join(commands), language="bash", wrap_lines=True)

runs = outlook.runs(sweep)
problem = problem or outlook.objection(sweep, runs)
with right, st.container(key="outlook", gap="xsmall"):
    st.subheader("What will happen", anchor=False)
    if outlook.reading_ahead:
        st.caption("Shown with the recipe's values where a field is refused.")
    if outlook.preflight is None:
        st.caption("Choose a data set that is here, and this side shows what the run will be.")
    else:
        network = outlook.preflight.config.model
        anatomy = describe(network)
        if outlook.can_be_timed:
            summary(outlook, anatomy, runs)
        st.markdown("**Learning rate**")
        about = words([checked.config for checked in runs] or [config])
        curves = {run.name: checked for run, checked in zip(sweep, runs, strict=False)}
        figure = schedule_chart(curves or {"learning rate": outlook.preflight})
        show(figure, about, key="run-schedule", tools=False)
        st.caption(plain(about))
        st.markdown(f"**Network: {plain(network.name)}**")
        layer_flow(network, anatomy)
        table = st.expander("Layer by layer", type="compact", key="run-layers", on_change="rerun")
        if table.open:
            with table:
                layer_table(anatomy)
        st.markdown("**Training pictures**")
        augmentation_preview(draft, outlook)

with starting:
    reasons = refusals | ({"sweep": problem} if problem else {})
    seconds = seconds_of(runs) if outlook.can_be_timed else None
    start(draft, config, sweep, reasons, seconds)
if seconds is not None and outlook.dataset is not None:
    prerender.draw_ahead(outlook.dataset, runs[0].wide)
visitor.publish(who, (state.LINK, draft))
with bar:
    selection_bar(who)
