"""Every page, light and dark, judged by axe; and what forced colours must leave to see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from alexnet_core.runs.store import Store
from tests.e2e.conftest import PATIENCE_MS
from tests.example_runs import example, leave_epochs

PAGES = {
    "classify": ("/", ".lab-bars tbody tr"),
    "data": ("/data", ".st-key-pictures button"),
    "train": ("/train", ".lab-preview img"),
    "runs": ("/runs?run=looked-at", ".lab-machine canvas"),
    "architecture": ("/architecture?network=alexnet-2012", ".architecture table"),
    "layers": ("/layers", ".st-key-layers .lab-figures"),
    "pixels": ("/pixels", ".lab-pixels .ledger"),
    "explain": ("/explain", ".board dd"),
}
"""Page -> its address, and what is there once it is complete."""


@pytest.fixture(scope="module", autouse=True)
def run(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A finished run to look at, in the home of the server."""
    (folder,) = tmp_path_factory.getbasetemp().glob("server[0-9]*")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALEXNET_LAB_HOME", str(Path(folder) / "home"))
        example("looked-at")
        leave_epochs("looked-at", 8)
        yield
        Store.open().delete("looked-at")


def _opened(browser: Browser, server: str, name: str, **options: object) -> Page:
    path, complete = PAGES[name]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(server + path)
    page.locator(complete).first.wait_for()
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stSkeleton], .stSpinner')"
        " && document.querySelector('.stApp').dataset.testScriptState === 'notRunning'"
    )
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(browser: Browser, server: str, name: str, scheme: str) -> None:
    page = _opened(browser, server, name, color_scheme=scheme, reduced_motion="reduce")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    page.context.close()
    told = [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert told == [], "\n".join(told)


def test_forced_colours_leave_bars_and_what_is_chosen_to_see(browser: Browser, server: str) -> None:
    page = _opened(browser, server, "classify", forced_colors="active")
    bars = page.locator(".lab-bar div")
    seen = {bar.evaluate("bar => getComputedStyle(bar).backgroundColor") for bar in bars.all()}
    chosen = page.locator(".gallery button[aria-pressed='true']").first
    outline = chosen.evaluate("button => getComputedStyle(button).outlineStyle")
    page.context.close()
    # Each class has its own colour still.
    assert len(seen) == 5
    assert outline == "solid"


def test_nothing_moves_for_those_who_asked_for_less(browser: Browser, server: str) -> None:
    page = _opened(browser, server, "classify", reduced_motion="reduce")
    button = page.locator(".gallery button").first
    assert button.evaluate("button => getComputedStyle(button).transitionProperty") == "none"
    page.context.close()
