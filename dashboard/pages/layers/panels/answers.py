"""Two answers of a network side by side: as it is, and after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.common.format import percent
from dashboard.common.html import Html, show, tag
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
    head = tag(
        "tr",
        tag("th", "Class", scope="col"),
        tag("td", aria_hidden="true"),
        tag("th", "Before", scope="col"),
        tag("th", word, scope="col"),
    )
    show(
        tag("p", tag("b", _verdict(before, after)), class_="lab-line", role="status"),
        tag(
            "table",
            tag("caption", "Answers before and after"),
            tag("thead", head),
            tag("tbody", (_row(guess, then[guess.index]) for guess in shown)),
            class_="lab-bars lab-before-after",
        ),
    )


def _verdict(before: Classification, after: Classification) -> str:
    was, now = before.predictions[0], after.predictions[0]
    if was.index == now.index:
        return f"The answer stays {now.label}."
    return f"The answer changes from {was.label} to {now.label}."


def _row(was: Prediction, now: Prediction) -> Html:
    colour = class_colour(was.index)
    bars = (
        tag("div", class_=name, style=f"width:{guess.probability:.2%};background:{colour}")
        for name, guess in (("lab-was", was), (None, now))
    )
    return tag(
        "tr",
        tag("th", was.label, scope="row", title=was.label),
        tag("td", bars, class_="lab-bar", aria_hidden="true"),
        tag("td", percent(was.probability)),
        tag("td", percent(now.probability)),
    )
