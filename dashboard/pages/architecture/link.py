"""The plans of the page Architecture in the address bar: a link opens the page as it was left."""

from __future__ import annotations

import contextlib
from collections import deque

import streamlit as st
from pydantic import ValidationError

from alexnet_core.models import variants
from alexnet_core.models.config import AlexNetConfig
from dashboard.common import link_values, visitor
from dashboard.common.visitor import Visitor
from dashboard.pages.architecture import plan
from dashboard.pages.architecture.plan import CHOSEN, Board, Plan

_KEY, _PUBLISHED = "architecture-board", "architecture-published"
_OWN = "chosen"
"""What the chosen model is called as the second network; as the first it needs no name."""

_Said = dict[str, list[str]]


def board(who: Visitor) -> Board:
    """The one of this session; a link that the session did not write itself begins another."""
    found = st.session_state.get(_KEY)
    said = _said()
    # The browser says a moment later what was written into its address bar.
    if not isinstance(found, Board) or (said and said not in _published()):
        found = st.session_state[_KEY] = _from_link(who, said)
    return found


def publish(who: Visitor, wanted: Board) -> None:
    """Write both plans into the address bar."""
    more = {}
    if wanted.plan.start != CHOSEN:
        more["network"] = wanted.plan.start
    if wanted.plan.changes:
        more["switches"] = link_values.joined(wanted.plan.changes)
    if wanted.against is not None:
        more["against"] = wanted.against.start or _OWN
        if wanted.against.changes:
            more["against_switches"] = link_values.joined(wanted.against.changes)
    visitor.publish(who, **more)
    _published().append(_said())


def _said() -> _Said:
    names = ("network", "switches", "against", "against_switches")
    return {name: found for name in names if (found := st.query_params.get_all(name))}


def _published() -> deque[_Said]:
    found = st.session_state.setdefault(_PUBLISHED, deque(maxlen=100))
    assert isinstance(found, deque)
    return found


def _from_link(who: Visitor, said: _Said) -> Board:
    """What is not known is passed over: an old link still opens the page."""
    made = Board(_plan(said, "network", "switches") or Plan(), model=who.model)
    if "against" in said:
        made.against = _plan(said, "against", "against_switches")
    return made


def _plan(said: _Said, network: str, switches: str) -> Plan | None:
    named = said.get(network, [_OWN])[0]
    if named not in (_OWN, *variants.names()):
        return None
    made = Plan(CHOSEN if named == _OWN else named)
    for name, value in link_values.separate(said.get(switches, [])):
        if name in AlexNetConfig.model_fields and name != "name":
            with contextlib.suppress(ValidationError):
                made.changes[name] = plan.read(name, value)
    return made
