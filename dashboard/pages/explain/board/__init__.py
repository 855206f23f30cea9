"""The answer, the chips of the methods and a card a method: one browser component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.browser import browser_component
from dashboard.browser.choices import heard, unheard
from dashboard.common.format import percent
from dashboard.common.passes.passes import Inside
from dashboard.common.theme import class_colour
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.attributions import address
from dashboard.pages.explain.state import SCALES, SHOWS, SIGNS, Choice, refusal, resolved

_KEY = "explain-board"
_FEW = 5
"""Classes that the bars always show."""


def another(chosen: Choice, found: Inside) -> None:
    """Let any class be explained, where there are more than fit as bars."""
    categories = found.model.categories
    if len(categories) <= _FEW:
        return
    turn, shown = st.session_state.get("explain-class", (0, None))
    if chosen.index != shown:
        turn += 1
    st.session_state["explain-class"] = (turn, chosen.index)
    # Another name a turn: a browser that has not heard of another class yet says the old one with
    # whatever is clicked meanwhile, and that is no choice.
    st.selectbox(
        "Another class",
        range(len(categories)),
        index=chosen.index,
        format_func=categories.__getitem__,
        key=f"explain-class-{turn}",
        placeholder="Explain another class",
        label_visibility="collapsed",
        on_change=_choose,
        args=(chosen, turn),
        width=240,
    )


def _choose(chosen: Choice, turn: int) -> None:
    if st.session_state["explain-class"][0] == turn:
        chosen.aim(st.session_state[f"explain-class-{turn}"])


def board(who: Visitor, chosen: Choice, found: Inside) -> None:
    """Show them, and take what is chosen there."""
    classes = len(found.model.categories)

    def took() -> None:
        for what in unheard(_KEY, st.session_state[_KEY].choices):
            _take(chosen, what, classes)

    browser_component("pages/explain/board")(
        key=_KEY, data=_data(who, chosen, found), on_choices_change=took
    )


def _take(chosen: Choice, what: Mapping[str, Any], classes: int) -> None:
    """A pass that is gone needs no more than the run of the page that follows."""
    if isinstance(what.get("shown"), list):
        chosen.take(what["shown"])
    if what.get("opened") in chosen.methods:
        chosen.opened = what["opened"]
    if "index" in what:
        index, against = what["index"], what.get("against")
        if all(number is None or _within(number, classes) for number in (index, against)):
            chosen.aim(index, against)
    for name, allowed in (("show", SHOWS), ("signs", SIGNS), ("scale", SCALES)):
        if what.get(name) in allowed:
            setattr(chosen, name, what[name])


def rows(who: Visitor, chosen: Choice, found: Inside) -> list[dict[str, Any]]:
    """The likeliest classes, and those that are asked about where they are not among them."""
    probabilities, logits = found.captured.probabilities, found.captured.logits
    order = [int(index) for index in (-probabilities).argsort(kind="stable")]
    target = resolved(chosen, found)
    shown = order[: who.top]
    shown += [
        index
        for index in (target.index, target.against)
        if index is not None and index not in shown
    ]
    return [
        {
            "index": index,
            "label": found.model.categories[index],
            "probability": round(float(probabilities[index]), 5),
            "said": percent(float(probabilities[index])),
            "logit": round(float(logits[index]), 2),
            "colour": class_colour(index),
        }
        for index in shown
    ]


def look(chosen: Choice) -> dict[str, Any]:
    """How maps are drawn, everywhere on the page, as far as the board was heard."""
    return {
        "heard": heard(_KEY),
        "show": chosen.show,
        "signs": chosen.signs,
        "scale": chosen.scale,
    }


def _data(who: Visitor, chosen: Choice, found: Inside) -> dict[str, Any]:
    from alexnet_core.explanation.methods.registry import METHODS

    target = resolved(chosen, found)
    return {
        "token": address(found),
        "side": found.model.config.input_size,
        "title": found.source.title,
        "label": target.label,
        "index": target.index,
        "against": target.against,
        "predicted": int(found.captured.probabilities.argmax()),
        "rows": rows(who, chosen, found),
        "methods": [
            {
                "name": name,
                "title": row.title,
                "sentence": row.sentence,
                "cost": row.cost,
                "shown": name in chosen.methods,
                "refusal": refusal(chosen, found, name),
                "asked": chosen.asked(name).text(),
            }
            for name, row in METHODS.items()
        ],
        "opened": chosen.opened,
        **look(chosen),
    }


def _within(number: object, classes: int) -> bool:
    return type(number) is int and 0 <= number < classes
