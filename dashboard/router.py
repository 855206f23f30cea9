"""The pages and what all of them share: name, style, navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import state, theme

HERE = Path(__file__).parent

st.set_page_config(
    page_title="AlexNet Lab",
    # An icon by name would be fetched from another machine.
    page_icon=(HERE / "icon.svg").read_text(encoding="utf-8"),
    layout="wide",
    menu_items={"About": "AlexNet Lab: train AlexNet, look inside it, ask it about a picture."},
)
st.logo((HERE / "logo.svg").read_text(encoding="utf-8"), size="large")
theme.apply(large_type=state.visitor().large_type)
st.navigation(
    [
        st.Page(
            "app_pages/classify.py",
            title="Classify",
            default=True,
        ),
        st.Page("app_pages/data.py", title="Data", url_path="data"),
        st.Page("app_pages/train.py", title="Train", url_path="train"),
        st.Page("app_pages/runs.py", title="Runs", url_path="runs"),
        st.Page("app_pages/architecture.py", title="Architecture", url_path="architecture"),
        st.Page("app_pages/layers.py", title="Layers", url_path="layers"),
        st.Page("app_pages/pixels.py", title="Pixel by pixel", url_path="pixels"),
        st.Page("app_pages/explain.py", title="Explain", url_path="explain"),
    ],
    position="top",
).run()
