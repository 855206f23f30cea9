"""What a network answers: its best guess large, the next ones as bars."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.common.format import duration, percent, signed
from dashboard.common.html import Html, show, tag
from dashboard.common.theme import class_colour
from dashboard.common.visitor import TOPS, Visitor

if TYPE_CHECKING:
    from alexnet_core.evaluation.classify import Classification, Prediction


def answer(who: Visitor, found: Classification, categories: tuple[str, ...]) -> None:
    """Show the answer; the number of guesses is chosen below it."""
    show(_verdict(found))
    show(_bars(found.predictions[: who.top], who.source.title))
    with st.container(horizontal=True, vertical_alignment="center", key="answer-options"):
        st.session_state["top"] = who.top
        st.segmented_control(
            "Guesses shown",
            [top for top in TOPS if top <= max(len(categories), TOPS[0])],
            format_func=lambda top: f"Top {top}",
            key="top",
            required=True,
            label_visibility="collapsed",
            on_change=_choose_top,
            args=(who,),
        )
        st.download_button(
            "CSV",
            _csv(found.predictions),
            file_name="answer.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        st.caption(f"Answered in {duration(found.seconds)}", width="content")


def _choose_top(who: Visitor) -> None:
    who.top = st.session_state["top"] or who.top


def _verdict(found: Classification) -> Html:
    best = found.predictions[0]
    return tag(
        "div",
        tag("span", best.label, class_="lab-label"),
        " ",
        tag("span", percent(best.probability), class_="lab-share"),
        tag("p", _sureness(best.probability)),
        class_="lab-verdict",
        role="status",
    )


def _sureness(probability: float) -> str:
    if probability >= 0.9:
        return "The network is sure."
    if probability >= 0.6:
        return "The network leans this way."
    return "The network is unsure: no class stands out."


def _bars(predictions: tuple[Prediction, ...], title: str) -> Html:
    """A table whose bars are drawn in it, so that a reader of the screen hears every number."""
    share = "Share of certainty; all classes together make 100 %"
    score = "The raw score that the last layer gives, before softmax"
    head = tag(
        "tr",
        tag("th", "Class", scope="col"),
        tag("td", aria_hidden="true"),
        tag("th", "Probability", scope="col", title=share),
        tag("th", "Logit", scope="col", title=score),
    )
    return tag(
        "table",
        tag("caption", f"Best guesses for {title}"),
        tag("thead", head),
        tag("tbody", map(_bar, predictions)),
        class_="lab-bars",
    )


def _bar(guess: Prediction) -> Html:
    drawn = f"width:{guess.probability:.2%};background:{class_colour(guess.index)}"
    return tag(
        "tr",
        tag("th", guess.label, scope="row", title=guess.label),
        tag("td", tag("div", style=drawn), class_="lab-bar", aria_hidden="true"),
        tag("td", percent(guess.probability)),
        tag("td", signed(guess.logit)),
    )


def _csv(predictions: tuple[Prediction, ...]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["label", "probability", "logit"])
    writer.writerows([guess.label, guess.probability, guess.logit] for guess in predictions)
    return file.getvalue()
