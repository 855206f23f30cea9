"""The pages and what all of them share: name, style, navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.common import theme, visitor
from dashboard.common.navigation import page_file

HERE = Path(__file__).parent

st.set_page_config(
    page_title="AlexNet Lab",
    # An icon by name would be fetched from another machine.
    page_icon=(HERE / "icon.svg").read_text(encoding="utf-8"),
    layout="wide",
    menu_items={"About": "AlexNet Lab: train AlexNet, look inside it, ask it about a picture."},
)
st.logo((HERE / "logo.svg").read_text(encoding="utf-8"), size="large")
theme.apply(large_type=visitor.visitor().large_type)
st.navigation(
    [
        st.Page(page_file("classify"), title="Classify", default=True),
        st.Page(page_file("data"), title="Data", url_path="data"),
        st.Page(page_file("train"), title="Train", url_path="train"),
        st.Page(page_file("runs"), title="Runs", url_path="runs"),
        st.Page(page_file("architecture"), title="Architecture", url_path="architecture"),
        st.Page(page_file("layers"), title="Layers", url_path="layers"),
        st.Page(page_file("pixels"), title="Pixel by pixel", url_path="pixels"),
        st.Page(page_file("explain"), title="Explain", url_path="explain"),
    ],
    position="top",
).run()
