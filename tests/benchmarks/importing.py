"""Seconds and peak memory of importing a ZIP.

    uv run python tests/benchmarks/importing.py path/to/cifar10.zip

Runs the command line in a process of its own, with a home that is thrown away.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import report

IMPORT = """
import sys
from alexnet_core import cli
code = cli.main(["data", "import", sys.argv[1], "--json"])
with open("/proc/self/status") as lines:
    sys.stderr.write(next(line for line in lines if line.startswith("VmHWM")))
sys.exit(code)
"""
"""The highest memory is read from inside: from outside it would count this process's own."""


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("zip", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ALEXNET_LAB_HOME": home}
        command = [sys.executable, "-c", IMPORT, str(wanted.zip)]
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - started
    peak_kib = int(done.stderr.split("VmHWM:")[1].split()[0])
    report(
        "importing",
        {
            "file": wanted.zip.name,
            "seconds": round(seconds, 1),
            "peak_memory_mib": round(peak_kib / 1024),
        },
    )


if __name__ == "__main__":
    main()
