"""What the lab leans on inside Streamlit: it is no part of what Streamlit promises to keep.

All of it stands here, and ``tests/dashboard/common/test_compat.py`` fails with a sentence for
each piece that a newer Streamlit changes. Only then may its bound in ``pyproject.toml`` move.
"""

from __future__ import annotations

from pathlib import Path

from streamlit.runtime.scriptrunner import get_script_run_ctx


def is_host_allowed(host: str | None) -> bool:
    """Whether the server answers to this ``Host``, by the list that guards Streamlit's websocket.

    A foreign name that points at this machine is so refused for the lab's own routes as well.
    """
    # Streamlit's server is loaded by then, and importing it without one is slow.
    from streamlit.web.server.starlette import starlette_websocket

    return starlette_websocket.is_host_allowed(host)


def session_id() -> str:
    """The name of the session whose script runs in this thread; empty where none does."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id


def forget_fragments() -> None:
    """Run no part of this page again that ran by itself.

    A part may be asked for once more before the browser hears that it shows another page.
    Streamlit would run it afterwards, as a part of a page that is no longer shown, and the
    browser would take everything off the screen. Forgotten, it is not run.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        context.fragment_storage.clear()


def register_component(package: str, name: str, folder: str, root: Path) -> None:
    """Serve the files of a folder below ``root`` as those of a component; once is enough.

    Streamlit finds such folders by itself only in an installed wheel. Said here, a checkout works
    the same way, and the browser fetches each file once instead of with every update.
    """
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
    from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{package}.{name}") is None:
        config = ComponentConfig(name=name, asset_dir=folder)
        manager.register_from_manifest(ComponentManifest(package, "1", [config]), root)
