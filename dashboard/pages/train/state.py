"""The draft of a session, and how the address bar says it: a link opens the form as it was left."""

from __future__ import annotations

from typing import Any

import streamlit as st

from alexnet_core.config import Config
from alexnet_core.training import recipes
from dashboard.common import links
from dashboard.common.links import Link, Parameter
from dashboard.common.visitor import Visitor
from dashboard.pages.train.draft import DEFAULT_RECIPE, PARTS, Draft

_KEY = "run-draft"


def draft(who: Visitor) -> Draft:
    """The one of this session; it follows the data set and network that other pages choose.

    A link that this session did not write itself begins another draft.
    """
    found = st.session_state.get(_KEY)
    if not isinstance(found, Draft):
        found = st.session_state[_KEY] = _from_link(who)
    elif LINK.is_another():
        made = _from_link(who)
        made.started = found.started
        found = st.session_state[_KEY] = made
    elif who.dataset != found.followed:
        found.choose_dataset(who.dataset)
    if who.network is not None:
        found.choose_network(who.network)
        who.network = None
    return found


def _from_link(who: Visitor) -> Draft:
    """What is not known is passed over: an old link still opens the page."""
    made = Draft()
    LINK.take(made)
    made.choose_dataset(str(made.get("dataset")) if LINK.said() else who.dataset)
    return made


def _take_recipe(made: Draft, name: str) -> None:
    if name in recipes.RECIPES:
        made.recipe = name


def _take_settings(made: Draft, said: str) -> None:
    """Each as the command line would be given it."""
    for path, value in links.separate(said):
        if isinstance(value, dict):
            for name, inner in value.items():
                _take(made, f"{path}.{name}", inner)
        else:
            _take(made, path, value)


def _take(made: Draft, path: str, value: Any) -> None:
    """Set a field of a link, if there is such a field."""
    config: Any = made.base
    *outer, last = path.split(".")
    for name in outer:
        config = getattr(config, name) if name in PARTS else None
    known = isinstance(config, Config) and last in type(config).model_fields
    if known and path not in (*PARTS, "recipe"):
        made.set(path, tuple(value) if isinstance(value, list) else value)


LINK: Link[Draft] = Link(
    "train",
    Parameter("recipe", _take_recipe, lambda made: made.recipe, DEFAULT_RECIPE),
    # Every page writes the data set.
    Parameter("dataset", lambda made, name: _take(made, "dataset", name), lambda made: None),
    Parameter("set", _take_settings, lambda made: links.joined(made.changes) or None),
)
