"""What a browser component said, each choice once and in order, however its messages come.

Of several messages that come quickly Streamlit may hand on only the last. So each repeats what
the page has not answered to yet, with a number a choice, and the answer names the last that it
heard (`heard` in the data of the component); ``choices.js`` beside this file is the other side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st


def heard(key: str) -> int:
    """The number of the last choice that was heard; 0 before the first."""
    found = st.session_state.get(f"{key}-heard", 0)
    return found if isinstance(found, int) else 0


def unheard(key: str, said: object) -> Iterator[Mapping[str, Any]]:
    """The choices of a message that are new, in order; from then on they are heard.

    Args:
        key: names the choices; several components of a page may share them.
        said: a component's message, ``[[number, choice], ...]``; what else it holds is passed over.
    """
    for step in said if isinstance(said, list) else []:
        match step:
            case [int(number), dict(what)] if number > heard(key):
                st.session_state[f"{key}-heard"] = number
                yield what
