"""The first things to choose for a run: recipe, data set, and the three numbers that matter."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alexnet_core.data import datasets
from alexnet_core.data.datasets import DatasetEntry
from alexnet_core.training import recipes
from dashboard.common import visitor
from dashboard.common.format import plain
from dashboard.common.navigation import leave_for
from dashboard.pages.train.draft import Draft
from dashboard.pages.train.panels.fields import field

BASICS = ("epochs", "lr", "batch_size")
SHAPES = "shapes"
DATA_PAGE = "data"


def recipe_choice(draft: Draft) -> None:
    """Choose where every setting comes from."""
    st.session_state["run-recipe"] = draft.recipe

    def choose() -> None:
        draft.choose_recipe(st.session_state["run-recipe"])

    with st.container(gap="xxsmall"):
        st.selectbox("Recipe", recipes.names(), key="run-recipe", on_change=choose)
        about, _, source = (recipes.RECIPES[draft.recipe].__doc__ or "").partition("\n\n")
        st.caption(plain(" ".join(f"{about} {source}".split())))
        count = len(draft.changes)
        if count:
            st.button(
                f"Back to the recipe ({count} changed)",
                icon=":material/undo:",
                type="tertiary",
                key="run-reset",
                on_click=draft.choose_recipe,
                args=(draft.recipe,),
            )


def dataset_choice(draft: Draft, refusals: Mapping[str, str]) -> None:
    """Choose among the data sets that are here; say what to do where one is not."""
    entries = {entry.name: entry for entry in datasets.listing()}
    now = str(draft.get("dataset"))
    here = [name for name, entry in entries.items() if entry.here]
    st.session_state["run-dataset"] = now

    def choose() -> None:
        draft.choose_dataset(st.session_state["run-dataset"])

    def title(name: str) -> str:
        entry = entries.get(name)
        if entry is None:
            return name
        return entry.title if entry.here else f"{entry.title}, not here yet"

    with st.container(gap="xxsmall"):
        st.selectbox(
            "Data set",
            here if now in here else [*here, now],
            format_func=title,
            key="run-dataset",
            on_change=choose,
        )
        if "dataset" in refusals:
            st.markdown(f":small[:red[:material/block: {plain(refusals['dataset'])}]]")
            _ways_out(draft, now)
        if now in entries:
            st.caption(plain(_about(entries[now])))


def basics(draft: Draft, refusals: Mapping[str, str]) -> None:
    """The numbers that decide most."""
    with st.grid(3, min_column_width=150, gap=("small", "medium")):
        for path in BASICS:
            field(draft, path, refusals)


def _ways_out(draft: Draft, name: str) -> None:
    with st.container(horizontal=True, gap="small"):
        if name != SHAPES:
            st.button(
                "Take Shapes, drawn on the spot",
                key="run-take-shapes",
                icon=":material/category:",
                on_click=draft.choose_dataset,
                args=(SHAPES,),
            )
        if st.button("Get it on the Data page", key="run-get-data", icon=":material/download:"):
            visitor.visitor().dataset = name
            leave_for(DATA_PAGE, {"dataset": name})


def _about(entry: DatasetEntry) -> str:
    pictures = f"{entry.train:,} pictures to train on, {entry.test:,} to test with"
    return f"{entry.purpose} {pictures}, {entry.classes:,} classes."
