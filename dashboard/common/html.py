"""HTML made by hand, which escapes by itself: only what `tag` and `join` made is taken as it is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Literal

import streamlit as st

_ALONE = {"img", "br"}
"""Elements without content, which have no closing tag."""


class Html(str):
    """Text that is HTML already. Adding to it gives plain text again, which is escaped."""

    __slots__ = ()


Child = str | int | Iterable["Child"] | None
"""Text, which is escaped; `Html`, which is not; several of them; or nothing."""


def join(*children: Child) -> Html:
    """The children one after the other."""
    return Html("".join(map(_written, children)))


def tag(name: str, *children: Child, **attributes: str | int | bool | None) -> Html:
    """One element.

    Args:
        name: of the element.
        children: what stands in it.
        attributes: ``class_`` is ``class`` and ``aria_label`` is ``aria-label``; True stands alone,
            None and False leave an attribute out.
    """
    written = "".join(
        f" {_attribute(key)}" if value is True else f' {_attribute(key)}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _ALONE:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def facts(pairs: Iterable[tuple[str, Child]]) -> Html:
    """A line of figures, each below its name."""
    listed = (tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs)
    return tag("dl", listed, class_="lab-strip")


def show(*children: Child, width: int | Literal["stretch", "content"] = "stretch") -> None:
    """Show them on the page."""
    st.html(join(*children), width=width)


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, (str, int)):
        return escape(str(child))
    return join(*child)


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
