"""The opened card: large, with its options, its paper, its files and its lines of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.browser import browser_component
from dashboard.common.format import plain
from dashboard.common.passes.passes import Inside
from dashboard.common.visitor import Visitor
from dashboard.pages.explain import attributions
from dashboard.pages.explain.attributions import Asked
from dashboard.pages.explain.board import look
from dashboard.pages.explain.code import snippet
from dashboard.pages.explain.panels.options import options
from dashboard.pages.explain.state import Choice, refusal, resolved

if TYPE_CHECKING:
    from alexnet_core.explanation.target import Resolved
    from alexnet_core.models.config import AlexNetConfig


def panel(who: Visitor, chosen: Choice, found: Inside) -> None:
    """Show the opened card."""
    from alexnet_core.explanation.methods import registry

    if not chosen.methods:
        st.caption("Choose a method; it is shown large here.")
        return
    method = chosen.opened
    row = registry.get(method)
    target = resolved(chosen, found)
    refused = refusal(chosen, found, method)
    st.subheader(f"{row.title}: {plain(target.label)}", anchor=False)
    view("explain-view", found, chosen, chosen.asked(method), target.label, refused)
    st.markdown(f"{plain(row.sentence)}")
    st.caption(plain(row.paper))
    with st.container(key="explain-options", gap="small"):
        options(chosen, found, method)
    if refused:
        return
    asked = chosen.asked(method)
    with st.container(horizontal=True, key="explain-taking"):
        st.download_button(
            "NPZ",
            lambda: _npz(found, asked),
            file_name=f"{method}.npz",
            mime="application/octet-stream",
            icon=":material/download:",
            help="The raw numbers, for NumPy.",
            on_click="ignore",
            key="explain-npz",
        )
        wanted = st.button("Show code", icon=":material/code:", key="explain-code")
    if wanted:
        _code(who, chosen, method, target, found.model.config)


@st.dialog("The same numbers in Python", width="large", icon=":material/code:")
def _code(
    who: Visitor, chosen: Choice, method: str, target: Resolved, config: AlexNetConfig
) -> None:
    """Show the lines, too long for the panel, and whose they are."""
    why = snippet.why_not(chosen, method, target, config)
    if why:
        st.caption(f"These lines ask the lab itself. {why}")
    else:
        st.caption("These lines ask Captum, and give the same numbers as the NPZ.")
    st.code(snippet.code_for(who, chosen, method, target, config))


def view(
    key: str,
    found: Inside,
    chosen: Choice,
    asked: Asked,
    label: str,
    refused: str = "",
    *,
    card: bool = True,
) -> None:
    """A map at large.

    Args:
        key: names the element.
        found: the pass whose picture is explained.
        chosen: how maps are drawn.
        asked: the question.
        label: what is explained, in words.
        refused: why there is no map, or nothing.
        card: whether it also has a card, and so a place in the shared scale.
    """
    from alexnet_core.explanation.methods import registry

    browser_component("pages/explain/view")(
        key=key,
        data={
            "token": attributions.address(found),
            "side": found.model.config.input_size,
            "asked": asked.text(),
            "name": asked.method,
            "title": registry.get(asked.method).title,
            "label": label,
            "file": f"{asked.method}-{label.replace(' ', '-')}",
            "refusal": refused,
            "card": card,
            **look(chosen),
        },
    )


def _npz(found: Inside, asked: Asked) -> bytes:
    from alexnet_core.explanation import heat_maps

    return heat_maps.npz(attributions.explanation(found, asked))
