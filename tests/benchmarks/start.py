"""From a cold start to an answer on the screen, and from click to answer on a warm server.

    uv run python tests/benchmarks/start.py

Needs Chromium. Rounds alternate between ``python -c "import torch, streamlit"`` and the lab, each
in a new process; the browser is running already. The start is split where it can be seen from
outside: until the server answers (which holds the imports it needs for that), and from there until
the sample's answer is painted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from measure import report, say
from playwright.sync_api import Browser, Page, sync_playwright

ANSWER = ".lab-bars tbody tr"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    imports, starts, servers, pages = [], [], [], []
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        for turn in range(wanted.rounds):
            imports.append(_timed(lambda: _python("-c", "import torch, streamlit")))
            began = time.perf_counter()
            with _lab() as address:
                servers.append(time.perf_counter() - began)
                page = _answered(browser, address)
                starts.append(time.perf_counter() - began)
                pages.append(starts[-1] - servers[-1])
                if turn == wanted.rounds - 1:
                    visitors = [
                        _timed(lambda: _answered(browser, address)) for _ in range(wanted.rounds)
                    ]
                    clicks = [_click(page, name) for name in ("Rocket", "Coffee", "Astronaut")]
            say(f"import {imports[-1]:.2f} s, start {starts[-1]:.2f} s")
    listing = [_timed(lambda: _python("-m", "alexnet_core.cli", "--help")) for _ in imports]
    ratios = [start / base for start, base in zip(starts, imports, strict=True)]
    report(
        "start",
        {
            "help_seconds": _median(listing),
            "import_torch_streamlit_seconds": _median(imports),
            "cold_start_to_answer_seconds": _median(starts),
            "ratio": round(statistics.median(ratios), 2),
            "of_it_until_server_answers": _median(servers),
            "of_it_page": _median(pages),
            "new_visitor_seconds": _median(visitors),
            "another_picture_seconds": _median(clicks),
        },
    )


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 3)


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _lab() -> Any:
    """A lab in a process of its own; yields its address as soon as it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "alexnet_core.cli", "open", "--headless", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ALEXNET_LAB_HOME": home}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            while not _healthy(address):
                time.sleep(0.02)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
            return True
    except OSError:
        return False


def _answered(browser: Browser, address: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(address)
    page.locator(ANSWER).first.wait_for(timeout=60_000)
    return page


def _click(page: Page, name: str) -> float:
    """Seconds from the click on a sample until its own picture and answer stand."""
    button = page.get_by_role("button", name=name)
    button.wait_for()
    started = time.perf_counter()
    button.click()
    page.locator(f".lab-original img[alt='{name}']").wait_for()
    page.locator(ANSWER).first.wait_for()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
