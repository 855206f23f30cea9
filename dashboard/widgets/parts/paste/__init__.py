"""Paste: a picture from the clipboard becomes an upload."""

from __future__ import annotations

from dashboard.browser import browser_component


def paste(hint: str, *, into: str) -> None:
    """Listen for a pasted picture and hand it to the uploader in the container of key ``into``."""
    browser_component("widgets/parts/paste")(
        key="paste", data={"uploader": f"st-key-{into}", "hint": hint}
    )
