"""Open the lab: ``python -m dashboard``, what a bare ``alexnet-lab`` becomes."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alexnet_core.data.importing import allowed_folders

HERE = Path(__file__).resolve().parent


def main(argv: Sequence[str] | None = None) -> None:
    """Run the server in this process until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="alexnet-lab", description="Open the lab in a browser.")
    parser.add_argument("--port", type=int, help="the first free one from 8501 unless given")
    parser.add_argument("--headless", action="store_true", help="open no browser")
    parser.add_argument(
        "--folder", action="append", help="what lies below may be imported from other machines"
    )
    wanted = parser.parse_args(argv)
    if wanted.folder:
        os.environ[allowed_folders.VARIABLE] = os.pathsep.join(wanted.folder)
    # Streamlit takes a second, which --help need not wait for.
    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", "run", str(HERE / "app.py"), *options(wanted.port, wanted.headless)]
    streamlit(prog_name="streamlit")


def options(port: int | None, headless: bool) -> list[str]:
    """The options of ``streamlit run``."""
    found = list(_checkout_settings())
    if port is not None:
        found.append(f"--server.port={port}")
    if headless:
        found.append("--server.headless=true")
    return found


def _checkout_settings() -> Iterator[str]:
    """Every setting of the checkout's config as an option, wherever the command was given.

    Streamlit reads the config of the current folder and the one beside the script. A wheel has
    the latter; a checkout keeps it at its root.
    """
    path = HERE.parent / ".streamlit" / "config.toml"
    if (HERE / ".streamlit").is_dir() or not path.is_file():
        return
    for name, value in _flat(tomllib.loads(path.read_text(encoding="utf-8"))):
        if _variable(name) in os.environ:
            # An option would win over what somebody has set for this very server.
            continue
        # A list of colours or sizes is one JSON text; any other list repeats its option.
        many = isinstance(value, list) and not name.startswith("theme.")
        for item in value if many else [value]:
            yield f"--{name}={item if isinstance(item, str) else json.dumps(item)}"


def _variable(name: str) -> str:
    """``STREAMLIT_SERVER_BASE_URL_PATH`` for ``server.baseUrlPath``, as Streamlit reads it."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name.replace(".", "_"))
    return f"STREAMLIT_{words.upper()}"


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


if __name__ == "__main__":
    main()
