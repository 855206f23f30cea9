"""Two answers of a network side by side: as it is, and after a change."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.common.format import percent
from dashboard.common.theme import class_colour

if TYPE_CHECKING:
    from alexnet_core.evaluation.classify import Classification, Prediction

TOP = 5
"""Classes shown."""


def before_after(before: Classification, after: Classification, word: str) -> None:
    """Show both; each must hold every class.

    Args:
        before: the answer as it is.
        after: the answer after the change.
        word: the change in one word, over its column.
    """
    then = {guess.index: guess for guess in after.predictions}
    shown = list(before.predictions[:TOP])
    best = after.predictions[0]
    if best.index not in {guess.index for guess in shown}:
        shown.append(next(guess for guess in before.predictions if guess.index == best.index))
    rows = "".join(_row(guess, then[guess.index]) for guess in shown)
    st.html(
        f'<p class="lab-line" role="status"><b>{_verdict(before, after)}</b></p>'
        '<table class="lab-bars lab-before-after"><caption>Answers before and after</caption>'
        '<thead><tr><th scope="col">Class</th><td aria-hidden="true"></td>'
        f'<th scope="col">Before</th><th scope="col">{word}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _verdict(before: Classification, after: Classification) -> str:
    was, now = before.predictions[0], after.predictions[0]
    if was.index == now.index:
        return f"The answer stays {escape(now.label)}."
    return f"The answer changes from {escape(was.label)} to {escape(now.label)}."


def _row(was: Prediction, now: Prediction) -> str:
    name, colour = escape(was.label), class_colour(was.index)
    return (
        f'<tr><th scope="row" title="{name}">{name}</th><td class="lab-bar" aria-hidden="true">'
        f'<div class="lab-was" style="width:{was.probability:.2%};background:{colour}"></div>'
        f'<div style="width:{now.probability:.2%};background:{colour}"></div></td>'
        f"<td>{percent(was.probability)}</td><td>{percent(now.probability)}</td></tr>"
    )
