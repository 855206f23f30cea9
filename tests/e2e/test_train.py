"""The page Train in Chromium, up to a run that is really queued and trains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from alexnet_core.runs.store import Store
from tests.e2e.conftest import PATIENCE_MS, Open
from tests.lab import Lab

FOCUSED = """
() => {
  const at = document.activeElement;
  return (at?.ariaLabel || at?.labels?.[0]?.innerText || at?.innerText || "").trim();
}
"""
OVERFLOW = "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"
TOP = "() => document.querySelector('.st-key-outlook').getBoundingClientRect().top"


@pytest.fixture
def lab(
    server: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lab]:
    """The server's lab; nothing that was started there is left behind."""
    (folder,) = tmp_path_factory.getbasetemp().glob("server[0-9]*")
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(folder / "home"))
    found = Lab(folder / "home")
    yield found
    found.close()
    for run in found.store.listing():
        found.store.delete(run.id)


@pytest.fixture
def open_train(open_lab: Open) -> Open:
    """Open the page by its link in the bar, in a new browser profile."""

    def opened(**options: object) -> Page:
        page = open_lab(**options)
        page.get_by_role("link", name="Train", exact=True).click()
        page.locator(".lab-preview img").first.wait_for()
        return page

    return opened


def section(page: Page, key: str) -> Locator:
    """Open a section; returns it."""
    found = page.locator(f".st-key-run-section-{key}")
    found.locator("summary").click()
    return found


def choose(page: Page, field: Locator, option: str) -> None:
    """Pick from a list; a page that runs again may close it, so it is opened again."""
    wanted = page.get_by_role("option", name=option)
    for _ in range(6):
        field.click()
        try:
            wanted.click(timeout=PATIENCE_MS / 6)
        except TimeoutError:
            continue
        return
    pytest.fail(f"no option {option}")


def test_one_click_starts_a_first_run_and_leads_to_it(open_train: Open, lab: Lab) -> None:
    page = open_train()
    assert Store.open().listing() == ()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs?*run=*")
    (run,) = Store.open().listing()
    assert run.id in page.url
    assert (run.recipe, run.dataset, run.epochs) == ("shapes-quick", "shapes", 4)
    assert run.command == "alexnet-lab train --recipe shapes-quick"
    page.get_by_text(run.id).first.wait_for()
    assert lab.until_step(run.id, 1).step >= 1
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_role("button", name="started last")).to_be_visible()
    expect(page.get_by_text("ahead of it")).to_be_visible()


def test_a_bad_value_is_refused_beside_its_field_and_the_section_stays_open(
    open_train: Open,
) -> None:
    page = open_train()
    start = page.get_by_role("button", name="Start training")
    network = section(page, "network")
    dropout = network.get_by_label("Dropout", exact=True)
    dropout.fill("1.5")
    dropout.press("Enter")
    expect(network.get_by_text("1.5 can't be used. Allowed: less than 1.")).to_be_visible()
    expect(start).to_be_disabled()
    expect(page.get_by_text("Dropout (in Network)")).to_be_visible()
    dropout.fill("0.3")
    dropout.press("Enter")
    expect(start).to_be_enabled()
    expect(network.get_by_text("can't be used")).to_have_count(0)
    expect(dropout).to_have_value("0.3")
    assert "model.dropout" in page.url


def test_what_will_happen_follows_the_form_and_stays_in_sight(open_train: Open) -> None:
    page = open_train()
    pictures = section(page, "pictures")
    before = page.locator(".lab-preview img").nth(1).get_attribute("src")
    pictures.get_by_text("Mirror", exact=True).click()
    cutout = pictures.get_by_label("Cut out a square", exact=True)
    cutout.fill("14")
    cutout.press("Enter")
    page.wait_for_function(
        "before => document.querySelectorAll('.lab-preview img')[1].src !== before", arg=before
    )
    cutout.scroll_into_view_if_needed()
    page.mouse.wheel(0, 700)
    page.wait_for_function("() => document.querySelector('.stMain').scrollTop > 200")
    assert page.evaluate(TOP) > 0
    page.get_by_text("a step, ").wait_for()


def test_a_sweep_says_how_many_runs_it_makes(open_train: Open) -> None:
    page = open_train()
    sweep = section(page, "sweep")
    choose(page, sweep.get_by_label("Settings that vary"), "Learning rate")
    values = sweep.locator(".st-key-run-sweep-lr input")
    values.fill("0.001 to 0.1 in 5 by factor")
    values.press("Enter")
    expect(page.get_by_role("button", name="Queue 5 runs")).to_be_enabled()
    expect(sweep.get_by_text("lr=0.003162")).to_be_visible()
    expect(page.get_by_text("Time of 5 runs")).to_be_visible()


def test_the_form_can_be_filled_in_by_keyboard(open_train: Open) -> None:
    page = open_train()
    page.locator(".st-key-run-recipe input").focus()
    wanted = {"Recipe", "Data set", "Epochs", "Learning rate", "Batch size", "Start training"}
    reached = set()
    for _ in range(40):
        text = page.evaluate(FOCUSED)
        reached |= {name for name in wanted if name in text}
        page.keyboard.press("Tab")
    assert reached == wanted


def test_nothing_is_cut_off_on_a_narrow_screen(open_train: Open) -> None:
    page = open_train(color_scheme="dark")
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function("width => innerWidth === width", arg=width)
        assert page.evaluate(OVERFLOW) <= 0
