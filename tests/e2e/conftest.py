"""The real server and a real browser: what a person meets.

Where no Chromium is installed these tests are skipped, or fail if ALEXNET_LAB_REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import os
import re
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
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

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
# Streamlit looks for its server below the address of the page first, and then above it.
STREAMLIT_LOOKS = r"status of 404 .*/[a-z]+/_stcore/(health|host-config)"

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


class Visits:
    """Pages opened in Chromium, each in a browser profile of its own, and all of them watched.

    Whatever a test does, a page may ask nobody but the server it came from, no script may fail and
    no error may stand in the console.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._servers: set[str] = set()
        self._faults: list[str] = []
        self._expected = [STREAMLIT_LOOKS]

    def open(self, address: str, **options: object) -> Page:
        """A page at an address; options are those of Playwright's ``new_context``."""
        context = self._browser.new_context(
            **({"viewport": {"width": 1440, "height": 900}, "permissions": ["camera"]} | options)
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("request", self._asked)
        context.on("weberror", lambda error: self._note(f"script failed: {error.error}"))
        context.on("console", self._said)
        self._servers.add(urlsplit(address).netloc)
        page = context.new_page()
        page.goto(address)
        return page

    def expect_console(self, pattern: str) -> None:
        """Errors that this test itself brings about: a regular expression for their text."""
        self._expected.append(pattern)

    def close(self) -> list[str]:
        """Close all pages; returns what was wrong."""
        for context in self._contexts:
            context.close()
        return [
            fault
            for fault in self._faults
            if not any(re.search(pattern, fault) for pattern in self._expected)
        ]

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self._servers:
            self._note(f"asked {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text} ({message.location.get('url', '')})")

    def _note(self, fault: str) -> None:
        self._faults.append(fault)


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Open pages that are watched; what was wrong with one fails the test at its end."""
    expect.set_options(timeout=PATIENCE_MS)
    opened = Visits(browser)
    yield opened
    expect.set_options(timeout=5_000)
    assert opened.close() == []


@pytest.fixture
def open_page(visits: Visits, server: str) -> Open:
    """Open a page of the shared server by its path, such as ``/layers?unit=3``, or a whole link."""

    def opened(path: str = "/", **options: object) -> Page:
        return visits.open(path if path.startswith("http") else server + path, **options)

    return opened


@pytest.fixture
def open_lab(open_page: Open) -> Open:
    """Open the lab and wait for its answer."""

    def opened(path: str = "/", **options: object) -> Page:
        page = open_page(path, **options)
        answered(page)
        return page

    return opened


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
