"""Several values in a field instead of one: a group of runs."""

from __future__ import annotations

import streamlit as st

from alexnet_core.errors import ConfigError
from alexnet_core.planning.sweeps import HOW, MOST_RUNS, SweepRun, expand
from alexnet_core.training.config import RunConfig
from dashboard.common.format import plain
from dashboard.common.refusals import sentence, shown
from dashboard.pages.train.draft import Draft, value_at
from dashboard.pages.train.panels.fields import choices, description, label
from dashboard.pages.train.panels.sections import SECTIONS

MOST_FIELDS = 3
_FIRST = ("lr", "batch_size", "model.dropout", "epochs")
_KEY = "run-section-sweep"


def sweep_section(draft: Draft, config: RunConfig) -> tuple[tuple[SweepRun, ...], str]:
    """Let a visitor vary up to three settings.

    Args:
        draft: the run; its lists and ranges are kept in it.
        config: what all runs share.

    Returns:
        The runs, none without a sweep, and a sentence on what is wrong with the lists.
    """
    runs, problem = _expanded(draft, config)
    box = st.expander(
        "Try several values (a sweep)",
        icon=":material/stacked_line_chart:",
        key=_KEY,
        on_change="rerun",
    )
    if box.open:
        with box:
            _controls(draft, config)
            if problem:
                st.error(plain(problem), icon=":material/block:")
            elif runs:
                _listing(runs)
    return runs, problem


def _expanded(draft: Draft, config: RunConfig) -> tuple[tuple[SweepRun, ...], str]:
    if not draft.sweep:
        return (), ""
    try:
        return expand(config, draft.sweep), ""
    except ConfigError as error:
        named = " and ".join(label(path) for path in draft.sweep if path == error.field)
        return (), f"{named or error.field}: {sentence(error)}"


def _controls(draft: Draft, config: RunConfig) -> None:
    st.caption(
        f"One run for each value, and for each combination where several settings vary; "
        f"at most {MOST_RUNS} runs."
    )
    paths = _sweepable()
    st.session_state["run-sweep"] = list(draft.sweep)

    def choose() -> None:
        chosen = st.session_state["run-sweep"]
        now = {path: shown(value_at(config, path)) for path in chosen}
        draft.sweep = {path: draft.sweep.get(path, now[path]) for path in chosen}

    st.multiselect(
        "Settings that vary",
        paths,
        format_func=label,
        key="run-sweep",
        max_selections=MOST_FIELDS,
        on_change=choose,
    )
    for path in draft.sweep:
        with st.container(gap="xxsmall"):
            _values(draft, path)
            st.caption(plain(description(path)))


def _values(draft: Draft, path: str) -> None:
    key = f"run-sweep-{path.replace('.', '-')}"
    options = {shown(value).replace("_", " "): value for value in choices(path)}
    if options:
        texts = {name: _text(value) for name, value in options.items()}
        given = [part.strip() for part in draft.sweep[path].split(",")]
        st.session_state[key] = [
            name for name, text in texts.items() if text in given or name in given
        ]

        def choose() -> None:
            draft.sweep[path] = ", ".join(texts[name] for name in st.session_state[key])

        st.pills(label(path), list(texts), selection_mode="multi", key=key, on_change=choose)
        return
    st.session_state[key] = draft.sweep[path]

    def write() -> None:
        draft.sweep[path] = st.session_state[key]

    st.text_input(
        f"{label(path)}: {HOW}",
        key=key,
        on_change=write,
        placeholder="0.01, 0.03, 0.1",
    )


def _text(value: object) -> str:
    """As `sweeps.values` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sweepable() -> list[str]:
    inside = [
        path
        for section in SECTIONS.values()
        for group in section.groups.values()
        for path in group
        # A name, a place and a limit on disk change no result; weights bring their own network.
        if path
        not in (
            "model.name",
            "device",
            "processes",
            "workers",
            "keep_every",
            "keep_gb",
            "start_from",
        )
    ]
    return [*_FIRST, *(path for path in inside if path not in _FIRST)]


def _listing(runs: tuple[SweepRun, ...]) -> None:
    names = "\n".join(f"{number}. {plain(run.name)}" for number, run in enumerate(runs, start=1))
    st.markdown(names)
