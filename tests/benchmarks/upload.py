"""What an upload of a large ZIP costs the server: memory, time, processor.

    uv run python tests/benchmarks/upload.py --gigabytes 1

Starts the lab with a home that is thrown away, waits until it is idle, and streams a ZIP of
uncompressed files to it, as a browser does.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

from measure import report, say

PIECE = 2**20


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=1.0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        archive = _archive(Path(folder) / "large.zip", int(wanted.gigabytes * 1e9))
        server = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--headless", "--port", str(port)],
            cwd=folder,
            env=os.environ | {"ALEXNET_LAB_HOME": f"{folder}/home"},
        )
        try:
            report("upload", _measured(server.pid, port, archive))
        finally:
            server.terminate()
            server.wait(timeout=30)


def _archive(path: Path, size: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in ("cat/1.png", "dog/1.png"):
            entry = zipfile.ZipInfo(name)
            with archive.open(entry, "w", force_zip64=True) as file:
                for _ in range(size // 2 // PIECE):
                    file.write(bytes(PIECE))
    return path


def _measured(server: int, port: int, archive: Path) -> dict[str, float]:
    _wait_until_idle(server, port)
    # The highest figure is counted anew from here on.
    Path(f"/proc/{server}/clear_refs").write_text("5")
    idle, busy = _memory(server, "VmRSS"), _processor(server)
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    with archive.open("rb") as file:
        length = {"Content-Length": str(archive.stat().st_size)}
        connection.request("POST", "/api/uploads?name=large.zip", file, length)
        answer = connection.getresponse()
        said = json.loads(answer.read())
    seconds = time.perf_counter() - started
    assert answer.status == 201, said
    size = archive.stat().st_size
    return {
        "bytes": size,
        "seconds": round(seconds, 2),
        "megabytes_per_second": round(size / 1e6 / seconds),
        "server_processor_seconds": round(_processor(server) - busy, 2),
        "idle_memory_mib": round(idle / 2**20),
        "peak_above_idle_mib": round((_memory(server, "VmHWM") - idle) / 2**20, 1),
    }


def _wait_until_idle(server: int, port: int) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                break
        except OSError:
            time.sleep(0.2)
    before = 0
    while abs(_memory(server, "VmRSS") - before) > 2**20:
        before = _memory(server, "VmRSS")
        time.sleep(5)
    say(f"idle at {before / 2**20:.0f} MiB")


def _memory(process: int, line: str) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"{line}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def _processor(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
