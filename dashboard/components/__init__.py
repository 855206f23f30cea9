"""Pieces that pages share; those that run in the browser have a folder each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).resolve().parent
_PACKAGE = "alexnet-lab"


def browser_component(name: str, *, isolated: bool = True) -> ComponentRenderer:
    """The component whose script and style lie in the folder ``name``, ready to mount.

    Where it is not isolated its styles are those of the whole page, as Plotly needs them.

    Streamlit finds such folders by itself only in an installed wheel. Said here, a checkout works
    the same way, and the browser fetches each file once instead of with every update.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PACKAGE}.{name}") is None:
        config = ComponentConfig(name=name, asset_dir=name)
        manager.register_from_manifest(ComponentManifest(_PACKAGE, "1", [config]), _HERE)
    return _registered(name, isolated)


@cache
def _registered(name: str, isolated: bool) -> ComponentRenderer:
    return st.components.v2.component(
        f"{_PACKAGE}.{name}", js=f"{name}.js", css=f"{name}.css", isolate_styles=isolated
    )
