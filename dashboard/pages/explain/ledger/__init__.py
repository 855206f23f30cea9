"""Prediction ledger: a logit, or the lead of one over another, as the exact sum of its parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from alexnet_core.rendering import DIVERGING
from dashboard.browser import browser_component
from dashboard.browser.choices import heard, unheard
from dashboard.common.format import plain
from dashboard.common.passes.passes import Inside
from dashboard.common.visitor import Visitor
from dashboard.pages.explain.panels.hidden_unit import hidden_unit
from dashboard.pages.explain.state import Choice, resolved

if TYPE_CHECKING:
    from alexnet_core.explanation.target import Resolved
    from alexnet_core.inspection.contributions import Contribution, Contributions

_KEY = "explain-ledger"
_MOST = 12
"""Units shown, the largest in size."""


def ledger(who: Visitor, chosen: Choice, found: Inside) -> None:
    """Show the sum and, of one of its units, where on the photo it comes from."""
    from alexnet_core.inspection import contributions

    target = resolved(chosen, found)
    if target.index is None:
        st.markdown(f"The ledger takes the score of a class apart, not {plain(target.label)}.")
        st.button(
            "Take the answer apart",
            icon=":material/undo:",
            key="ledger-back",
            on_click=chosen.aim,
            args=(None,),
        )
        return
    network, captured = found.model.network, found.captured
    last = found.model.config.layers()[-1].name
    with found.model.lock:
        made = contributions.below(network, captured, last, target.index, against=target.against)
    unit = made.parts[0].channel
    if chosen.ledger is not None and chosen.ledger < len(made.parts):
        unit = chosen.ledger
    st.markdown(_told(target, found, made))
    with st.container(key="ledger"):
        with st.container(key="ledger-sum"):
            _sum(chosen, found, made, target, unit)
        hidden_unit(who, chosen, found, made.layer_below, unit)


def _told(target: Resolved, found: Inside, made: Contributions) -> str:
    layer, units = made.layer_below, f"{len(made.parts):,} units"
    assert target.index is not None
    one = plain(found.model.categories[target.index])
    if target.against is None:
        return (
            f"The score of **{one}** before softmax is a sum: what each of the {units} of {layer} "
            "adds, its weight times its value, and a bias."
        )
    other = plain(found.model.categories[target.against])
    return (
        f"The scores of **{one}** and **{other}** before softmax differ by "
        f"{_number(made.value, signed=True)}. That is a sum: what each of the {units} of {layer} "
        f"adds, its weight to {one} less its weight to {other}, times its value, and the "
        "difference of the biases."
    )


def _sum(chosen: Choice, found: Inside, made: Contributions, target: Resolved, unit: int) -> None:
    def took() -> None:
        for what in unheard(_KEY, st.session_state[_KEY].choices):
            wanted = what.get("unit")
            if type(wanted) is int and 0 <= wanted < len(made.parts):
                chosen.ledger = wanted

    names = found.model.categories
    assert target.index is not None
    one, other = names[target.index], None if target.against is None else names[target.against]
    browser_component("pages/explain/ledger")(
        key=_KEY,
        data={
            "heard": heard(_KEY),
            "unit": unit,
            "sides": [f"against {one}" if other is None else f"for {other}", f"for {one}"],
            "how": "Weight × value" if other is None else "Difference × value",
            "colours": {"up": DIVERGING[8], "down": DIVERGING[2]},
            **_rows(found, made, unit),
            "check": _check(made, _given(found, target)),
        },
        on_choices_change=took,
    )


def _rows(found: Inside, made: Contributions, unit: int) -> dict[str, Any]:
    values = found.captured.outputs[made.layer_below].reshape(-1)
    shown = [*made.parts[:_MOST]]
    # One that was looked at before, or in a link, stays in sight.
    shown += [part for part in made.parts[_MOST:] if part.channel == unit]
    most = max(abs(part.value) for part in shown) or 1.0
    units = [
        {
            "unit": part.channel,
            "share": part.value / most,
            "how": _how(part, float(values[part.channel])),
            "adds": _number(part.value, signed=True),
        }
        for part in shown
    ]
    known = {part.channel for part in shown}
    left = [part.value for part in made.parts if part.channel not in known]
    rest = [
        {"name": f"{len(left):,} more", "how": _sides(left), "adds": _total(left)},
        {
            "name": "Bias" if made.against is None else "Biases’ difference",
            "adds": _number(made.bias, signed=True),
        },
    ]
    return {
        "units": units,
        "rest": rest if left else rest[1:],
        "sum": {
            "name": "Score" if made.against is None else "Scores’ difference",
            "adds": _number(made.value),
        },
    }


def _how(part: Contribution, value: float) -> str:
    """The weight, or the difference of two, comes back exactly: the value is a factor of it."""
    if not value:
        return "it is silent"
    return f"{_number(part.value / value)} × {_number(value)}"


def _sides(values: list[float]) -> str:
    up, down = ([value for value in values if sign * value > 0] for sign in (1, -1))
    said = [
        f"{len(side):,} {word} {_total(side)}"
        for side, word in ((up, "for"), (down, "against"))
        if side
    ]
    silent = len(values) - len(up) - len(down)
    return ", ".join([*said, f"{silent:,} silent"] if silent else said)


def _given(found: Inside, target: Resolved) -> float:
    """What the network's own pass gave."""
    assert target.index is not None
    logits = found.captured.logits
    against = 0.0 if target.against is None else float(logits[target.against])
    return float(logits[target.index]) - against


def _check(made: Contributions, gave: float) -> str:
    """The sum of all parts beside what the network's own pass gave."""
    total = math.fsum([made.bias, *(part.value for part in made.parts)])
    off = abs(total - gave)
    if off > 1e-3 * max(1.0, abs(gave)):
        return f"The parts make {_number(total, 6)}, but the network gave {_number(gave, 6)}."
    far = "nothing"
    if off:
        # The next power of ten, which is easier to read than 3e-07.
        far = "less than " + f"{10 ** max(math.ceil(math.log10(off)), -6):.6f}".rstrip("0").rstrip(
            "."
        )
    return (
        f"Checked: bias and all {len(made.parts):,} parts make {_number(total, 6)}, the network "
        f"gave {_number(gave, 6)}; they differ by {far}, as its numbers are rounded."
    )


def _total(values: list[float]) -> str:
    return _number(math.fsum(values), signed=True)


def _number(value: float, digits: int = 3, *, signed: bool = False) -> str:
    sign = "+" if signed and value > 0 else ""
    return f"{sign}{value:#.{digits}g}".replace("-", "−")
