"""The slim bar at the top of every page: what is chosen, and where the model is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.errors import LabError
from alexnet_core.models.anatomy import describe
from dashboard.common import caches, visitor
from dashboard.common.format import plain, rate
from dashboard.common.html import show, tag
from dashboard.common.visitor import Visitor

if TYPE_CHECKING:
    from alexnet_core.models.checkpoint import Card


def selection_bar(who: Visitor) -> None:
    """Show and change the choices that every page follows."""
    with st.container(
        key="selection-bar", horizontal=True, vertical_alignment="center", gap="small"
    ):
        source = who.source
        picture = tag("img", alt="", src=caches.thumbnail(source))
        show(tag("div", picture, tag("span", source.title), class_="lab-chip"), width="content")
        titles = {
            entry.reference: entry.title if entry.here else f"{entry.title}, not here yet"
            for entry in caches.listing()
        }
        # A link may name a model that no list has, such as one run's epoch.
        titles.setdefault(who.model, who.model)
        st.session_state["model"] = who.model
        st.selectbox(
            "Model",
            list(titles),
            format_func=titles.__getitem__,
            key="model",
            label_visibility="collapsed",
            on_change=_choose_model,
            args=(who,),
            width="stretch",
        )
        # Filled when opened: the code in them makes the browser load as much script as all the
        # rest of the page.
        card = st.popover("Model card", icon=":material/info:", key="card", on_change="rerun")
        if card.open:
            with card:
                _card(who.model)
        link = st.popover("Link", icon=":material/link:", key="link", on_change="rerun")
        if link.open:
            with link:
                _link(who)
        st.session_state["large-type"] = who.large_type
        st.toggle(
            "Large type",
            key="large-type",
            on_change=_choose_type,
            args=(who,),
        )


def _choose_model(who: Visitor) -> None:
    who.model = st.session_state["model"]


def _choose_type(who: Visitor) -> None:
    who.large_type = st.session_state["large-type"]


def _link(who: Visitor) -> None:
    st.markdown("This address shows the same again.")
    st.code(visitor.link(who), language=None, wrap_lines=True)
    if who.chosen is not None and not who.source.place:
        st.caption("Your own picture stays here: the link leaves it out.")


def _card(reference: str) -> None:
    try:
        loaded = caches.model(reference)
    except LabError as error:
        st.markdown(plain(str(error)))
        return
    facts = {
        "Network": loaded.config.name,
        "Parameters": f"{describe(loaded.config).parameters:,}",
        "Input": f"{loaded.config.input_size} × {loaded.config.input_size} pixels",
        "Classes": f"{len(loaded.categories):,}",
    }
    card = loaded.card
    if card is not None:
        facts |= {
            "Trained on": card.dataset,
            "Recipe": card.recipe,
            "Epochs": str(card.epoch or ""),
            "Training time": "" if card.seconds is None else f"{card.seconds / 60:.0f} minutes",
        }
        facts |= _accuracy(card)
    rows = (
        tag("tr", tag("th", name, scope="row"), tag("td", value))
        for name, value in facts.items()
        if value
    )
    show(tag("table", tag("caption", "Model card"), rows, class_="lab-facts"))
    if card is not None and card.note:
        st.caption(plain(card.note))
    if card is not None and card.command:
        st.code(card.command, language="bash", wrap_lines=True)


def _accuracy(card: Card) -> dict[str, str]:
    """What was measured on pictures that the network did not learn from."""
    return {
        f"{split} top-{best}".capitalize(): rate(card.metrics[name], 2)
        for split in ("test", "validation")
        for best in (1, 5)
        if (name := f"{split}_top{best}") in card.metrics
    }
