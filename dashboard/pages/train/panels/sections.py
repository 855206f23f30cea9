"""The settings of a run beyond the first few, in sections that open on demand."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alexnet_core.models import variants
from alexnet_core.training.config import RunConfig
from dashboard.common import caches
from dashboard.common.format import plain
from dashboard.pages.train.draft import Draft, network_names
from dashboard.pages.train.panels.fields import explain, field, label
from dashboard.pages.train.settings import APPLIES, SECTIONS, Section


def sections(draft: Draft, config: RunConfig, refusals: Mapping[str, str]) -> None:
    """Show all sections; their fields are there once they are opened.

    Args:
        draft: the run.
        config: what it comes to.
        refusals: dotted field name -> why it is refused.
    """
    for key, section in SECTIONS.items():
        # A title that changes would make another section of it, and a closed one.
        box = st.expander(
            section.title, icon=section.icon, key=f"run-section-{key}", on_change="rerun"
        )
        if box.open:
            with box:
                _fill(key, section, draft, config, refusals)


def place(path: str) -> str:
    """The field and where it is found, for a reason shown far away from it."""
    for section in SECTIONS.values():
        if any(path in group for group in section.groups.values()):
            return f"{label(path)} (in {section.title})"
    return label(path)


def _fill(
    key: str, section: Section, draft: Draft, config: RunConfig, refusals: Mapping[str, str]
) -> None:
    if key == "network":
        if config.start_from is not None:
            st.markdown(
                f"The network is that of {plain(config.start_from)}, which this run starts from."
            )
            return
        _network(draft, config)
    for heading, group in section.groups.items():
        if heading:
            st.markdown(f"**{heading}**")
        with st.grid(2, min_column_width=230, gap=("small", "medium")):
            for path in group:
                if path not in APPLIES or APPLIES[path](config) or path in refusals:
                    _field(path, draft, config, refusals)


def _field(path: str, draft: Draft, config: RunConfig, refusals: Mapping[str, str]) -> None:
    if path == "start_from":
        _start_from(draft, refusals)
    elif path == "device":
        field(draft, path, refusals, options=_devices(config))
    else:
        field(draft, path, refusals)


def _network(draft: Draft, config: RunConfig) -> None:
    known, chosen = network_names(draft, config.model)
    st.session_state["run-network"] = chosen

    def choose() -> None:
        draft.choose_network(known[st.session_state["run-network"]])

    st.selectbox("Variant", list(known), key="run-network", on_change=choose)
    if chosen in variants.names():
        variant = variants.get(chosen)
        st.caption(plain(f"{variant.note} Source: {variant.source}."))
    else:
        st.caption("A variant sets every switch below; each can then be changed.")


def _start_from(draft: Draft, refusals: Mapping[str, str]) -> None:
    titles = {"": "Nothing: fresh weights"}
    titles |= {
        entry.reference: entry.title
        for entry in caches.listing()
        if entry.here and not entry.reference.startswith("random:")
    }
    now = draft.get("start_from") or ""
    titles.setdefault(now, now)
    st.session_state["run-start_from"] = now

    def choose() -> None:
        chosen = st.session_state["run-start_from"] or None
        draft.set("start_from", chosen)
        if chosen is None:
            draft.set("freeze_features", False)

    with st.container(gap="xxsmall"):
        st.selectbox(
            label("start_from"),
            list(titles),
            format_func=titles.__getitem__,
            key="run-start_from",
            on_change=choose,
        )
        explain("start_from", refusals)


def _devices(config: RunConfig) -> list[str]:
    import torch

    gpus = ["cuda", *(f"cuda:{at}" for at in range(torch.cuda.device_count()))]
    known = ["auto", "cpu", *(gpus if torch.cuda.is_available() else [])]
    return known if config.device in known else [*known, config.device]
