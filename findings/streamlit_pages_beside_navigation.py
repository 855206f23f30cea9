#!/usr/bin/env python3
"""A folder ``pages/`` beside the main script overrides ``st.navigation`` until that has run once.

Package: streamlit 1.67.0
Behaviour: where a folder of the name ``pages`` lies beside the main script, Streamlit looks for
    pages in it in the old way until the process has called ``st.navigation``. A visitor who asks
    for one of its scripts gets it, although ``st.navigation`` lists it nowhere, and the main
    script does not run at all. ``AppTest`` forgets before each run that ``st.navigation`` was
    called.
Expected: a script that calls ``st.navigation`` alone says which pages there are, from the first
    visit on.
Output: what the first visitor is shown (the unlisted page alone), and what one is shown who comes
    by the main script (what the main script writes, and the listed page).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = ("streamlit==1.67.0",)
MAIN = """
import streamlit as st
def home(): st.write("a listed page")
st.write("the main script")
st.navigation([st.Page(home, title="Home", default=True)]).run()
"""
OTHER = """
import streamlit as st
st.write("an unlisted page")
"""
CODE = """
from streamlit.testing.v1 import AppTest
by_address = AppTest.from_file("main.py", default_timeout=60)
by_address.switch_page("pages/other.py")
shown = [text.value for text in by_address.run().markdown]
usual = [text.value for text in AppTest.from_file("main.py", default_timeout=60).run().markdown]
print("first visitor, by the address of the page:", shown)
print("visitor of the main script:", usual)
assert usual == ["the main script", "a listed page"]
raise SystemExit(0 if shown == ["an unlisted page"] else "changed: the main script decides now")
"""


def main() -> int:
    """Install into a folder of its own, run there, and return how that ended."""
    uv = shutil.which("uv")
    tool = [uv] if uv else [sys.executable, "-m"]
    with tempfile.TemporaryDirectory() as folder:
        packages, app = Path(folder, "packages"), Path(folder, "app")
        (app / "pages").mkdir(parents=True)
        (app / "main.py").write_text(MAIN)
        (app / "pages" / "other.py").write_text(OTHER)
        python = ["--python", sys.executable] if uv else []
        command = [*tool, "pip", "install", "--quiet", *python, "--target", str(packages)]
        subprocess.run([*command, *PACKAGES], check=True)
        environment = os.environ | {"PYTHONPATH": str(packages), "STREAMLIT_LOGGER_LEVEL": "error"}
        command = [sys.executable, "-c", CODE]
        return subprocess.run(command, env=environment, cwd=app, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
