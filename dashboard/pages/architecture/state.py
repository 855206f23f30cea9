"""The plans of a session, and how the address bar says them: a link opens the page as it was."""

from __future__ import annotations

import contextlib

import streamlit as st
from pydantic import ValidationError

from alexnet_core.models import variants
from alexnet_core.models.config import AlexNetConfig
from dashboard.common import links
from dashboard.common.links import Link, Parameter
from dashboard.common.visitor import Visitor
from dashboard.pages.architecture import plan
from dashboard.pages.architecture.plan import CHOSEN, Board, Plan

_KEY = "architecture-board"
_OWN = "chosen"
"""What the chosen model is called as the second network; as the first it needs no name."""


def board(who: Visitor) -> Board:
    """The one of this session; a link that the session did not write itself begins another."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Board) or LINK.is_another():
        found = st.session_state[_KEY] = Board(model=who.model)
        LINK.take(found)
    return found


def _take_network(made: Board, name: str) -> None:
    """Switches of a network that is not known would mean nothing on another."""
    begun = _begun(name)
    made.plan = Plan() if begun is None else Plan(begun.start, made.plan.changes)


def _take_against(made: Board, name: str) -> None:
    made.against = _begun(name)


def _begun(name: str) -> Plan | None:
    if name not in (_OWN, *variants.names()):
        return None
    return Plan(CHOSEN if name == _OWN else name)


def _take_switches(made: Plan | None, said: str) -> None:
    if made is None:
        return
    for name, value in links.separate(said):
        if name in AlexNetConfig.model_fields and name != "name":
            with contextlib.suppress(ValidationError):
                made.changes[name] = plan.read(name, value)


def _switches(made: Plan | None) -> str | None:
    return links.joined(made.changes) or None if made is not None else None


LINK: Link[Board] = Link(
    "architecture",
    Parameter(
        "switches",
        lambda made, said: _take_switches(made.plan, said),
        lambda made: _switches(made.plan),
    ),
    # After its switches, which go where it is not known.
    Parameter("network", _take_network, lambda made: made.plan.start, CHOSEN),
    Parameter(
        "against",
        _take_against,
        lambda made: (made.against.start or _OWN) if made.against is not None else None,
    ),
    Parameter(
        "against_switches",
        lambda made, said: _take_switches(made.against, said),
        lambda made: _switches(made.against),
    ),
)
