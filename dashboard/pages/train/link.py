"""The draft of a run in the address bar: a link opens the form as it was left."""

from __future__ import annotations

from typing import Any

import streamlit as st

from alexnet_core.config import Config
from alexnet_core.training import recipes
from dashboard.common import link_values, visitor
from dashboard.common.visitor import Visitor
from dashboard.pages.train.draft import DEFAULT_RECIPE, PARTS, Draft, Said

_KEY = "run-draft"


def draft(who: Visitor) -> Draft:
    """The one of this session; it follows the data set and network that other pages choose.

    A link that this session did not write itself begins another draft.
    """
    found = st.session_state.get(_KEY)
    said = _said()
    if not isinstance(found, Draft):
        found = st.session_state[_KEY] = _from_link(who, said)
    elif said and said not in found.published:
        made = _from_link(who, said)
        made.started, made.published = found.started, found.published
        found = st.session_state[_KEY] = made
    elif who.dataset != found.followed:
        found.choose_dataset(who.dataset)
    if who.network is not None:
        found.choose_network(who.network)
        who.network = None
    return found


def publish(who: Visitor, wanted: Draft) -> None:
    """Write the draft into the address bar, each setting as the command line would be given it."""
    more = {}
    if wanted.recipe != DEFAULT_RECIPE:
        more["recipe"] = wanted.recipe
    if wanted.changes:
        more["set"] = link_values.joined(wanted.changes)
    visitor.publish(who, **more)
    wanted.published.append(_said())


def _said() -> Said:
    names = ("recipe", "dataset", "set")
    return {name: found for name in names if (found := st.query_params.get_all(name))}


def _from_link(who: Visitor, said: Said) -> Draft:
    """What is not known is passed over: an old link still opens the page."""
    made = Draft()
    recipe = said.get("recipe", [DEFAULT_RECIPE])[0]
    if recipe in recipes.RECIPES:
        made.recipe = recipe
    settings = [("dataset", name) for name in said.get("dataset", [])]
    for path, value in [*settings, *link_values.separate(said.get("set", []))]:
        if isinstance(value, dict):
            for name, inner in value.items():
                _take(made, f"{path}.{name}", inner)
        else:
            _take(made, path, value)
    chosen = who.dataset if not said else str(made.get("dataset"))
    made.choose_dataset(chosen)
    return made


def _take(made: Draft, path: str, value: Any) -> None:
    """Set a field of a link, if there is such a field."""
    config: Any = made.base
    *outer, last = path.split(".")
    for name in outer:
        config = getattr(config, name) if name in PARTS else None
    known = isinstance(config, Config) and last in type(config).model_fields
    if known and path not in (*PARTS, "recipe"):
        made.set(path, tuple(value) if isinstance(value, list) else value)
