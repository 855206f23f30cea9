"""The options of a method as widgets, read from its typed options and from nothing else."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import streamlit as st

from alexnet_core.errors import LabError
from dashboard.common.format import plain
from dashboard.common.passes.passes import Inside
from dashboard.pages.explain.state import Choice

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_SEGMENTS = 4
_LABELS = {"of": "Of which method", "rule": "Where the steps lie"}


def options(chosen: Choice, found: Inside, method: str) -> None:
    """Show a widget for each option and keep what is chosen."""
    from alexnet_core.explanation.methods import registry

    fields = registry.get(method).options.model_fields
    if not fields:
        st.caption("Nothing can be set for this method.")
        return
    values = chosen.options_of(method)
    for name, info in fields.items():
        _field(chosen, found, method, name, info, getattr(values, name))
    if method in chosen.options:
        st.button(
            "Back to the defaults",
            icon=":material/undo:",
            type="tertiary",
            key=f"explain-defaults-{method}",
            on_click=_forget,
            args=(chosen, method),
        )
    refused = st.session_state.pop("explain-refused", "")
    if refused:
        st.warning(plain(refused), icon=":material/block:")


def _field(
    chosen: Choice, found: Inside, method: str, name: str, info: FieldInfo, value: Any
) -> None:
    # Another name once it is forgotten: a browser that has not heard of it yet says the old value
    # with whatever is clicked meanwhile, and that is no choice.
    turn = _turn(method)
    key = f"explain-option-{method}-{name}" + (f"-{turn}" if turn else "")
    st.session_state[key] = value
    bound: dict[str, Any] = {
        "key": key,
        "help": plain(" ".join((info.description or "").split())),
        "on_change": _changed,
        "args": (chosen, method, name, key, turn),
    }
    label = _LABELS.get(name, name.replace("_", " ").capitalize())
    annotation = info.annotation
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    if name == "layer":
        from alexnet_core.explanation.methods.subject import maps_of

        choices = maps_of(found.model.config)
        if value not in choices:
            choices = (value, *choices)
    if annotation is bool:
        st.toggle(label, **bound)
    elif choices and len(choices) <= _SEGMENTS and sum(map(len, choices)) < 30:
        st.segmented_control(label, choices, required=True, format_func=_spaced, **bound)
    elif choices:
        st.selectbox(label, choices, format_func=_spaced, **bound)
    else:
        _number(label, info, value, bound)


def _number(label: str, info: FieldInfo, value: Any, bound: dict[str, Any]) -> None:
    kinds = get_args(info.annotation) or (info.annotation,)
    optional, whole = NoneType in kinds, int in kinds
    low, high = _bound(info, "ge", "gt"), _bound(info, "le", "lt")
    kind = int if whole else float
    st.session_state[bound["key"]] = None if value is None else kind(value)
    st.number_input(
        label,
        value=None,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        step=kind(1) if whole else 0.05,
        format="%d" if whole else "%g",
        placeholder="by itself" if optional else None,
        **bound,
    )


def _bound(info: FieldInfo, *names: str) -> float | None:
    """The bound itself counts as allowed; the config refuses it where it is not."""
    for constraint in info.metadata:
        for name in names:
            if getattr(constraint, name, None) is not None:
                return float(getattr(constraint, name))
    return None


def _forget(chosen: Choice, method: str) -> None:
    st.session_state[f"explain-forgotten-{method}"] = _turn(method) + 1
    chosen.options.pop(method, None)


def _turn(method: str) -> int:
    """How often the options of a method went back to their defaults."""
    return int(st.session_state.get(f"explain-forgotten-{method}", 0))


def _changed(chosen: Choice, method: str, name: str, key: str, turn: int) -> None:
    if turn != _turn(method):
        return
    try:
        chosen.set_option(method, name, st.session_state[key])
    except LabError as error:
        st.session_state["explain-refused"] = str(error)


def _spaced(option: object) -> str:
    return str(option).replace("_", " ")
