"""What the lab leans on inside Streamlit. A failure here says what has to be written anew."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest
import streamlit
from streamlit import config
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.common import compat

CHECKOUT = Path(dashboard.__file__).parents[1]


def test_the_bound_ends_before_the_next_release_with_changes() -> None:
    """Each piece below is private to Streamlit, so a newer one is let in only once they hold."""
    stated = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["dependencies"]
    (bound,) = [line for line in stated if line.startswith("streamlit")]
    least, below = re.fullmatch(r"streamlit>=1\.(\d+),<1\.(\d+)", bound).groups()  # type: ignore[union-attr]
    minor = int(streamlit.__version__.split(".")[1])
    assert int(least) <= minor < int(below)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("localhost:8501", True), ("evil.example", False), ("localhost:x", False), (None, False)],
)
def test_the_list_of_hosts_guards_our_routes_too(host: str | None, allowed: bool) -> None:
    """Without it a foreign name that points at this machine would reach the lab's figures."""
    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", ["localhost"])
    try:
        assert compat.is_host_allowed(host) is allowed
    finally:
        config.set_option("server.allowedHosts", before)


def test_a_script_knows_its_session() -> None:
    """Without it nobody could tell who watches work, and one visitor would end another's."""
    assert compat.session_id() == ""

    def script() -> None:
        import streamlit as st

        from dashboard.common import compat

        st.text(compat.session_id())

    page = AppTest.from_function(script).run()
    assert page.text[0].value
    assert AppTest.from_function(script).run().text[0].value


def test_fragments_are_forgotten_when_a_page_is_left() -> None:
    """Without it a part that runs by itself takes the next page off the screen."""

    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        from dashboard.common import compat

        context = get_script_run_ctx()
        assert context is not None
        st.fragment(lambda: st.text("a part"))()
        (part,) = context.fragment_storage.ids_registered_after(0)
        assert context.fragment_storage.contains(part)
        compat.forget_fragments()
        assert not context.fragment_storage.contains(part)

    page = AppTest.from_function(script).run()
    assert not page.exception
    assert page.text[0].value == "a part"


def test_a_folder_is_served_as_a_component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the browser's parts work only where the lab is installed as a wheel."""
    from streamlit.components.v2.component_manager import BidiComponentManager

    # Without a server each call gives another one.
    manager = BidiComponentManager()
    module = importlib.import_module("streamlit.components.v2.get_bidi_component_manager")
    monkeypatch.setattr(module, "get_bidi_component_manager", lambda: manager)
    (tmp_path / "part").mkdir()
    for _ in range(2):
        compat.register_component("compat-test", "part", "part", tmp_path)
    assert manager.get_component_asset_root("compat-test.part") == tmp_path / "part"
