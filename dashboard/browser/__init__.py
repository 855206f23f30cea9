"""What every browser part shares, and the way to mount one.

A part is a folder with a script and a style of its own name, three levels below ``dashboard``.
Streamlit serves it three levels below the lab's address, and the lab serves the scripts of this
folder right below it (`dashboard.server.browser_files`). So one relative import,
``../../../browser/dom.js``, is right on the disk, for every tool that reads the scripts, and in
the browser, also behind a sub-path.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.common import compat

_DASHBOARD = Path(__file__).resolve().parents[1]
_PACKAGE = "alexnet-lab"


def browser_component(folder: str, *, isolated: bool = True) -> ComponentRenderer:
    """The part whose script and style lie in that folder of the dashboard, ready to mount.

    Where it is not isolated its styles are those of the whole page, as Plotly needs them.
    """
    name = folder.replace("/", "-")
    compat.register_component(_PACKAGE, name, folder, _DASHBOARD)
    return _registered(name, Path(folder).name, isolated)


@cache
def _registered(name: str, file: str, isolated: bool) -> ComponentRenderer:
    return st.components.v2.component(
        f"{_PACKAGE}.{name}", js=f"{file}.js", css=f"{file}.css", isolate_styles=isolated
    )
