"""What watching a run costs the server: bytes and CPU time of an update.

    uv run python tests/benchmarks/live.py

A run writes 20 steps a second into the store, as a worker does; viewers pull its new figures once
a second, each through a connection of its own, packed as a browser asks for them. From the
server's CPU time what it takes without any viewer is subtracted. Bytes are those of the answer's
body with its headers.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from measure import report, say

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

STEPS_A_SECOND = 20
GOAL = {"cpu_ms": 5, "bytes": 2_000}


@dataclass
class Viewer:
    """A browser that looks at a run."""

    port: int
    run: str
    cursor: str = ""
    attempt: int = 0
    sizes: list[int] = field(default_factory=list)
    points: int = 0

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def pull(self) -> None:
        """Ask for what is new."""
        path = f"/api/runs/{self.run}/metrics?after={self.cursor}&attempt={self.attempt}"
        try:
            answer, body = self._get(path)
        except http.client.RemoteDisconnected:
            # A browser as well opens a new connection where one has been still for long.
            self.connection.close()
            answer, body = self._get(path)
        packed = answer.headers.get("Content-Encoding") == "gzip"
        sent = json.loads(gzip.decompress(body) if packed else body)
        self.cursor, self.attempt = sent["cursor"], sent["attempt"]
        self.sizes.append(len(body) + len(str(answer.headers)))
        self.points += sum(len(columns["step"]) for columns in sent["points"].values())

    def _get(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        self.connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        return answer, answer.read()


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ALEXNET_LAB_HOME"] = folder
        from alexnet_core import home
        from alexnet_core.orchestration import agent, liveness

        # Nobody else looks after a run that has no process.
        lock = liveness.hold(home.folder(".") / agent.LOCK)
        found = {}
        with _lab() as (port, server):
            for steps in (1_000, 10_000):
                found[f"{steps}_points"] = _watched(port, server, steps, wanted.seconds)
        if lock is not None:
            lock.release()
    report("live", {"goal": GOAL, "steps_a_second": STEPS_A_SECOND, **found})


def _watched(port: int, server: psutil.Process, steps: int, seconds: float) -> dict[str, Any]:
    from alexnet_core.runs.records import RunStatus
    from tests.example_runs import example

    run, total = f"run-of-{steps}", 4 * steps
    example(run, status=RunStatus.RUNNING, step=steps, steps=total, epochs=20)
    found: dict[str, Any] = {}
    first = Viewer(port, run)
    began = time.perf_counter()
    first.pull()
    found["first_look"] = {
        "seconds": round(time.perf_counter() - began, 3),
        "bytes": first.sizes[0],
        "points": first.points,
    }
    with _growing(run, total):
        for count in (1, 20):
            viewers = [Viewer(port, run) for _ in range(count)]
            for viewer in viewers:
                viewer.pull()
                viewer.sizes.clear()
                viewer.points = 0
            # What the first looks left behind is cleared away.
            time.sleep(3)
            spent, updates = _cpu(server, viewers, seconds)
            resting, _ = _cpu(server, [], seconds / 2)
            sizes = [size for viewer in viewers for size in viewer.sizes]
            milliseconds = 1000 * (spent - 2 * resting) / updates
            found[f"viewers_{count}"] = {
                "updates": updates,
                "cpu_ms": round(milliseconds, 2),
                "bytes": round(statistics.mean(sizes)),
                "bytes_at_most": max(sizes),
                "points_an_update": round(sum(viewer.points for viewer in viewers) / updates, 1),
            }
            say(f"{steps} points, {count} viewers: {found[f'viewers_{count}']}")
    return found


def _cpu(server: psutil.Process, viewers: list[Viewer], seconds: float) -> tuple[float, int]:
    """CPU seconds of the server while the viewers pull, and how often they did."""
    until = time.monotonic() + seconds
    before = sum(server.cpu_times()[:2])

    def look(viewer: Viewer, late: float) -> None:
        time.sleep(late)
        while time.monotonic() < until:
            viewer.pull()
            time.sleep(1)

    threads = [
        threading.Thread(target=look, args=(viewer, at / max(len(viewers), 1)))
        for at, viewer in enumerate(viewers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(max(until - time.monotonic(), 0))
    spent = sum(server.cpu_times()[:2]) - before
    return spent, sum(len(viewer.sizes) for viewer in viewers)


@contextmanager
def _growing(run: str, steps: int) -> Iterator[None]:
    """Another process that writes figures, twice a second."""
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from alexnet_core.runs.store import Store\n"
        "from tests.example_runs import advance\n"
        "run, steps, more = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])\n"
        "while True:\n"
        "    at = Store.open().get(run).step\n"
        "    advance(run, at, at + more, steps=steps, epochs=20)\n"
        "    time.sleep(0.5)\n"
    )
    half = str(STEPS_A_SECOND // 2)
    process = subprocess.Popen([sys.executable, "-c", code, str(ROOT), run, str(steps), half])
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def _lab() -> Iterator[tuple[int, psutil.Process]]:
    """A server in a process of its own, once it has nothing more to load."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard", "--headless", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    server = psutil.Process(process.pid)
    try:
        quiet = 0
        while quiet < 3:
            before = sum(server.cpu_times()[:2])
            time.sleep(1)
            busy = sum(server.cpu_times()[:2]) - before
            quiet = quiet + 1 if busy < 0.1 and before > 1 else 0
        yield port, server
    finally:
        process.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    main()
