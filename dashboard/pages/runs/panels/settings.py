"""What a run was given: notes and tags, every setting, and the command that starts the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from alexnet_core.runs.records import Run
from dashboard.common.html import Html, show, tag
from dashboard.pages.runs import requests


def settings(run: Run, known_tags: list[str]) -> None:
    """Show the settings; notes and tags can be changed."""
    box = st.expander(
        "Notes and settings", icon=":material/notes:", key="run-settings", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        tags, notes = f"run-tags-{run.id}", f"run-notes-{run.id}"
        with st.form(f"run-describe-{run.id}", border=False):
            st.multiselect(
                "Tags",
                sorted({*known_tags, *run.tags}),
                default=list(run.tags),
                accept_new_options=True,
                key=tags,
                placeholder="Words to find it by",
            )
            st.text_area("Notes", run.notes, key=notes, height=100)
            st.form_submit_button("Save", on_click=_describe, args=(run.id, tags, notes))
        show(_tables(flat(run.config)))
        if run.command:
            st.code(run.command, language="bash", wrap_lines=True)


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Every setting by its dotted name."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def shown(value: Any) -> str:
    """A setting as text."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)


def _describe(run: str, tags: str, notes: str) -> None:
    requests.describe(run, list(st.session_state[tags]), st.session_state[notes])


def _tables(fields: Mapping[str, Any]) -> Html:
    """A table for each part of the settings, the run's own first."""
    parts: dict[str, dict[str, Any]] = {}
    for name, value in fields.items():
        part, _, rest = name.rpartition(".")
        parts.setdefault(part or "run", {})[rest or name] = value
    return tag("div", (_table(part, parts[part]) for part in parts), class_="lab-parts")


def _table(part: str, fields: Mapping[str, Any]) -> Html:
    rows = (
        tag("tr", tag("th", name, scope="row"), tag("td", shown(value)))
        for name, value in fields.items()
    )
    return tag(
        "table",
        tag("caption", f"Settings: {part}"),
        tag("thead", tag("tr", tag("th", part, scope="col", class_="lab-part"))),
        tag("tbody", rows),
        class_="lab-facts",
    )
