"""What a network answers: its best guess large, the next ones as bars."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.common.format import duration, percent, signed
from dashboard.common.theme import class_colour
from dashboard.common.visitor import TOPS, Visitor

if TYPE_CHECKING:
    from alexnet_core.evaluation.classify import Classification, Prediction


def answer(who: Visitor, found: Classification, categories: tuple[str, ...]) -> None:
    """Show the answer; the number of guesses is chosen below it."""
    st.html(_verdict(found))
    st.html(_bars(found.predictions[: who.top], who.source.title))
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


def _verdict(found: Classification) -> str:
    best = found.predictions[0]
    return (
        '<div class="lab-verdict" role="status">'
        f'<span class="lab-label">{escape(best.label)}</span> '
        f'<span class="lab-share">{percent(best.probability)}</span>'
        f"<p>{_sureness(best.probability)}</p></div>"
    )


def _sureness(probability: float) -> str:
    if probability >= 0.9:
        return "The network is sure."
    if probability >= 0.6:
        return "The network leans this way."
    return "The network is unsure: no class stands out."


def _bars(predictions: tuple[Prediction, ...], title: str) -> str:
    """A table whose bars are drawn in it, so that a reader of the screen hears every number."""
    rows = "".join(
        f'<tr><th scope="row" title="{escape(guess.label)}">{escape(guess.label)}</th>'
        f'<td class="lab-bar" aria-hidden="true"><div style="width:{guess.probability:.2%};'
        f'background:{class_colour(guess.index)}"></div></td>'
        f"<td>{percent(guess.probability)}</td><td>{signed(guess.logit)}</td></tr>"
        for guess in predictions
    )
    return (
        '<table class="lab-bars">'
        f"<caption>Best guesses for {escape(title)}</caption><thead><tr>"
        '<th scope="col">Class</th><td aria-hidden="true"></td>'
        '<th scope="col" title="Share of certainty; all classes together make 100 %">Probability'
        '</th><th scope="col" title="The raw score that the last layer gives, before softmax">'
        f"Logit</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _csv(predictions: tuple[Prediction, ...]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["label", "probability", "logit"])
    writer.writerows([guess.label, guess.probability, guess.logit] for guess in predictions)
    return file.getvalue()
