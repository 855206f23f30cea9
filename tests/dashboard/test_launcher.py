from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from alexnet_core.data.importing import allowed_folders
from dashboard import __main__ as launcher
from dashboard.common.theme import CLASS_COLOURS

SETTINGS = Path(launcher.HERE).parent / ".streamlit" / "config.toml"


def test_port_and_headless_reach_the_server() -> None:
    found = launcher.options(8777, True)
    assert "--server.port=8777" in found
    assert "--server.headless=true" in found
    assert not any(option.startswith("--server.port") for option in launcher.options(None, False))


def test_every_setting_of_the_checkout_is_passed_on() -> None:
    found = launcher.options(None, False)
    assert "--browser.gatherUsageStats=false" in found
    assert "--runner.postScriptGC=false" in found
    assert "--server.address=127.0.0.1" in found
    assert "--server.allowedHosts=localhost" in found
    assert "--theme.headingFontWeights=[650, 600, 600, 600, 600, 600]" in found


def test_a_settings_file_beside_the_server_is_left_to_streamlit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".streamlit").mkdir()
    monkeypatch.setattr(launcher, "HERE", tmp_path)
    assert launcher.options(None, False) == []


def test_settings_of_the_current_folder_move_nothing_and_lower_no_guard(tmp_path: Path) -> None:
    """Streamlit reads another app's settings where the lab is started from its folder."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(
        "[server]\nbaseUrlPath = 'other'\nenableCORS = false\nenableXsrfProtection = false\n"
        "enableStaticServing = true\nxsrfCookieSameSite = 'none'\n"
    )
    code = (
        "import sys; from dashboard import __main__ as launcher\n"
        "from streamlit.web.bootstrap import load_config_options\n"
        "from streamlit import config\n"
        "said = dict(o[2:].split('=', 1) for o in launcher.options(None, True))\n"
        "names = [n for n in said if n.startswith('server.') and n != 'server.allowedHosts']\n"
        "load_config_options({n.replace('.', '_'): json.loads(v) if v in ('true', 'false') else v"
        " for n in names for v in [said[n]]})\n"
        "for name in ('baseUrlPath', 'enableCORS', 'enableXsrfProtection', 'enableStaticServing',"
        " 'xsrfCookieSameSite'): print(repr(config.get_option('server.' + name)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import json\n" + code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["''", "True", "True", "False", "'lax'"]


def test_what_is_set_for_this_server_alone_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_BASE_URL_PATH", "lab")
    monkeypatch.setenv("STREAMLIT_SERVER_ENABLE_CORS", "false")
    found = launcher.options(None, False)
    assert not [option for option in found if "baseUrlPath" in option or "enableCORS" in option]


def test_folders_that_visitors_may_import_reach_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(allowed_folders.VARIABLE, "")
    monkeypatch.setattr("sys.argv", [])
    monkeypatch.setattr("streamlit.web.cli.main", lambda **_: None)
    launcher.main(["--headless", "--folder", "/one", "--folder", "/two"])
    assert [str(folder) for folder in allowed_folders.folders()] == ["/one", "/two"]


def test_help_needs_neither_torch_nor_streamlit() -> None:
    code = (
        "import sys; sys.argv = ['x', '--help']\n"
        "import dashboard.__main__ as m\n"
        "try: m.main()\nexcept SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"torch", "streamlit"}.isdisjoint(done.stdout.split())


def test_settings_and_code_agree_on_the_class_colours() -> None:
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    assert settings["theme"]["chartCategoricalColors"] == list(CLASS_COLOURS)
