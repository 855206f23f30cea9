"""The picture as it came, with the part marked that the network gets."""

from __future__ import annotations

import streamlit as st

from dashboard.common import caches
from dashboard.common.caches import Source
from dashboard.common.format import plain
from dashboard.common.html import Html, show, tag


def original(source: Source) -> None:
    """Show the picture and what is known of it."""
    picture = caches.decoded(source)
    width, height = picture.image.size
    shown = tag("img", alt=source.title, src=caches.preview(source))
    cut = tag("div", class_="lab-frame")
    show(tag("div", shown, cut, class_="lab-original", style=f"--ratio: {width / height:.4f}"))
    facts = [plain(source.title), f"{width} × {height} pixels", picture.format, *picture.notes]
    st.caption(" · ".join(facts))


def frame(part: tuple[float, float, float, float]) -> None:
    """Mark a part of the picture, once the network that gets it is known.

    Args:
        part: left, top, width and height as shares of the picture.
    """
    left, top, width, height = (f"{100 * share:.2f}%" for share in part)
    place = f"left: {left}; top: {top}; width: {width}; height: {height}"
    show(tag("style", Html(f".lab-frame {{ display: block; {place}; }}")))
