"""The real server and a real browser: what a person meets.

Where no Chromium is installed these tests are skipped, or fail if ALEXNET_LAB_REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# As root in a container Chromium has no sandbox; the others keep it from calling home. The camera
# is a drawn one.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MS = 90_000

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The lab on a free port of this machine with a home of its own; its address."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log.txt"
    command = [sys.executable, "-m", "dashboard", "--headless", "--port", str(port)]
    environment = os.environ | {"ALEXNET_LAB_HOME": str(folder / "home")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
    said = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in said, said


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer within a minute")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as this machine has it."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        reason = f"no Chromium here (looked for {', '.join(CHROMIUM_NAMES)})"
        if os.environ.get("ALEXNET_LAB_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=CHROMIUM_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def open_lab(browser: Browser, server: str) -> Iterator[Open]:
    """Open the lab in a new browser profile and wait for its answer.

    Whatever a test does, no request may leave this machine and no script may fail.
    """
    faults: list[str] = []

    def watch(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            faults.append(f"asked {request.url}")

    contexts = []

    def opened(path: str = "/", **options: object) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.grant_permissions(["camera"], origin=server)
        page = context.new_page()
        page.on("request", watch)
        page.on("pageerror", lambda error: faults.append(f"script failed: {error}"))
        page.on("console", lambda message: _note(faults, message.type, message.text))
        page.goto(path if path.startswith("http") else server + path)
        answered(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _note(faults: list[str], kind: str, text: str) -> None:
    if kind == "error":
        faults.append(f"console: {text}")


def answered(page: Page) -> None:
    """Wait until the page shows an answer."""
    page.locator(".lab-bars tbody tr").first.wait_for()


def bars(page: Page) -> list[str]:
    """The rows of the answer as text."""
    return page.locator(".lab-bars tbody tr").all_inner_texts()


def shows(page: Page, title: str) -> None:
    """Wait until the picture of that title is shown and answered."""
    page.locator(f".lab-original img[alt='{title}']").wait_for()
    caption = page.locator(".lab-bars caption", has_text=f"Best guesses for {title}")
    caption.wait_for(state="attached")
