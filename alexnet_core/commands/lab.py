"""Open the lab in a browser."""

from __future__ import annotations

import os
import sys
from argparse import Namespace


def open_lab(wanted: Namespace) -> int:
    """Become the dashboard's own process; does not return."""
    options = [] if wanted.port is None else ["--port", str(wanted.port)]
    if wanted.headless:
        options.append("--headless")
    for folder in wanted.folder or ():
        options += ["--folder", folder]
    # -P: a folder named dashboard where the command was given is not ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dashboard", *options])
