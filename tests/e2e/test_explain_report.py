"""Many pictures in Chromium: a report that ends is shown without a touch, and fits the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE_MS, Open

SMALL = "shapes:train=20,test=20,size=16"
QUERY = f"?part=many-pictures&model=random:alexnet-cifar&methods=layer-activation&dataset={SMALL}"


@pytest.fixture
def page(open_page: Open) -> Page:
    """The part of the page, where no report was made yet."""
    return open_page(f"/explain{QUERY}")


def test_a_report_that_ends_is_shown_and_its_table_scrolls_alone(page: Page) -> None:
    page.get_by_role("spinbutton", name="Pictures").fill("2")
    page.get_by_role("spinbutton", name="Pictures").press("Enter")
    expect(page.get_by_role("button", name="Explain 2 pictures")).to_be_visible()
    page.get_by_role("radio", name="Those with a card (1)").click()
    expect(page.get_by_role("radio", name="Those with a card (1)")).to_be_checked()
    page.get_by_role("button", name="Explain 2 pictures").click()
    table = page.locator(".lab-report")
    # A process of its own has to load PyTorch, and lets everything else go first.
    expect(table).to_contain_text("Layer activation", timeout=3 * PATIENCE_MS)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.locator(".st-key-report-plot .js-plotly-plot")).to_contain_text("chance")
    page.set_viewport_size({"width": 600, "height": 900})
    page.wait_for_function("innerWidth === 600")
    scrolling = page.get_by_role("region", name="Figures of all methods")
    scrolling.scroll_into_view_if_needed()
    left = table.locator("tbody th").first
    before = left.bounding_box()
    assert before is not None
    scrolling.evaluate("region => { region.scrollLeft = 9999; }")
    assert scrolling.evaluate("region => region.scrollLeft") > 100
    after = left.bounding_box()
    assert after is not None
    assert after["x"] == pytest.approx(before["x"], abs=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What scrolls by must not shine through the names.
    assert "rgba" not in left.evaluate("cell => getComputedStyle(cell).backgroundColor")
