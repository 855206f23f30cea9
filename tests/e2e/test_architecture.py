"""The page Architecture in Chromium: pointer, keyboard, table and link."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Open

OVERFLOW = "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"


@pytest.fixture
def open_network(open_page: Open) -> Open:
    """Open the page by the query of a link, and wait until all of it is there."""

    def opened(query: str = "", **options: object) -> Page:
        tall: dict[str, object] = {"viewport": {"width": 1440, "height": 1000}}
        return settled(open_page(f"/architecture{query}", **(tall | options)))

    return opened


def settled(page: Page) -> Page:
    """The page, once all of it is there: the bar with the models comes last."""
    page.locator(".architecture svg").first.wait_for()
    page.locator(".st-key-selection-bar .st-key-model").wait_for()
    return page


def block(page: Page, layer: str, drawing: int = 0) -> Locator:
    """A face of a block that the pointer can reach."""
    return page.locator("section").nth(drawing).locator(f"[data-layer={layer}] .front").first


def drawings(page: Page) -> list[str]:
    """What is drawn, with every number of it."""
    return page.locator(".architecture svg").evaluate_all("all => all.map((svg) => svg.outerHTML)")


def test_the_pointer_tells_of_a_layer_and_marks_it_everywhere(open_network: Open) -> None:
    page = open_network("?network=alexnet-2012&against=alexnet-owt")
    card = page.locator(".card")
    expect(card).to_be_hidden()
    block(page, "conv2").hover()
    expect(card).to_be_visible()
    for text in ("27×27×96 → 27×27×256", "5×5, stride 1, padding 2", "307,456", "51 pixels a side"):
        expect(card).to_contain_text(text)
    expect(page.locator("svg .marked[data-layer=conv2]")).to_have_count(2)
    expect(page.locator("tr.marked[data-layer=conv2]")).to_have_count(2)
    block(page, "conv2", 1).hover()
    expect(card).to_contain_text("27×27×64 → 27×27×192")
    page.get_by_role("heading", name="How is the network built?").hover()
    expect(card).to_be_hidden()
    expect(page.locator(".marked")).to_have_count(0)
    # What is built the same way in both is not marked as different.
    expect(page.locator("svg .differs[data-layer=conv1]")).to_have_count(2)
    expect(page.locator("svg .differs[data-layer=relu3]")).to_have_count(0)
    expect(page.locator("tr[data-layer=relu3]")).to_have_count(1)
    expect(page.locator("tr[data-layer=flatten] .field")).to_have_text("227 / 224 px")


def test_a_click_opens_the_layer_on_its_page(open_network: Open) -> None:
    page = open_network()
    block(page, "conv3").click()
    page.wait_for_url("**/layers?*layer=conv3*")


def test_the_keyboard_goes_from_layer_to_layer_and_opens_one(open_network: Open) -> None:
    page = open_network("?network=alexnet-cifar")
    stops = page.locator("svg [tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    card = page.locator(".card b")
    expect(card).to_have_text("conv1")
    for layer in ("norm1", "relu1", "pool1"):
        page.keyboard.press("ArrowRight")
        expect(card).to_have_text(layer)
    page.keyboard.press("End")
    expect(card).to_have_text("fc8")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(card).to_have_text("drop7")
    expect(stops).to_have_attribute("data-layer", "drop7")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("Home")
    expect(stops).to_have_attribute(
        "aria-label",
        "conv1, convolution. Shape 32×32×3 → 32×32×48, "
        "Kernel 5×5, stride 1, padding 2, Groups 1, which sees all maps, Parameters 3,648, "
        "Multiply-adds 3.69 million, Memory of its output 197 KB, One value sees 5 pixels a side. "
        "Click or press Enter to look inside an untrained alexnet-cifar.",
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/layers?*model=random*")


def test_the_table_is_sorted_and_taken_along(open_network: Open, tmp_path: Path) -> None:
    page = open_network("?network=alexnet-2012")
    rows = page.locator("tbody tr")
    assert rows.count() == 23
    expect(rows.first).to_have_attribute("data-layer", "conv1")
    page.get_by_role("button", name="Multiply-adds", exact=True).click()
    expect(rows.first).to_have_attribute("data-layer", "conv2")
    head = page.get_by_role("columnheader", name="Multiply-adds")
    expect(head).to_have_attribute("aria-sort", "descending")
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Layer", exact=True).click()
    expect(rows.nth(1)).to_have_attribute("data-layer", "relu1")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Table as CSV").click()
    text = Path(coming.value.path()).read_text(encoding="utf-8")
    layers = {row["layer"]: row for row in csv.DictReader(io.StringIO(text))}
    assert len(layers) == 23
    assert layers["conv2"]["parameters"] == "307456"


def test_a_switch_redraws_at_once_and_the_link_gives_the_same(open_network: Open) -> None:
    page = open_network("?network=alexnet-2012")
    first = drawings(page)
    page.get_by_role("radio", name="One", exact=True).click()
    expect(page.locator("svg .conv[data-layer=conv2] .front")).to_have_count(1)
    size = page.get_by_role("spinbutton", name="Input side (pixels)")
    size.fill("99")
    size.press("Enter")
    expect(page.locator("svg [data-layer=conv1]").first).to_contain_text("23 × 23")
    page.get_by_role("button", name="Compare with before").click()
    expect(page.locator(".architecture svg")).to_have_count(2)
    page.wait_for_url("**against=alexnet-2012*")
    now = drawings(page)
    assert now[0] != first[0]
    page.get_by_role("button", name="Link").click()
    link = page.locator("[data-testid=stPopoverBody] code").inner_text()
    for address in (page.url, link):
        again = page.context.new_page()
        again.goto(address)
        assert drawings(settled(again)) == now
        again.close()


def test_an_impossible_network_is_repaired_with_one_click(open_network: Open) -> None:
    page = open_network("?network=alexnet-2012&switches=input_size=30", color_scheme="dark")
    expect(page.locator("svg .lost")).to_have_attribute("data-layer", "pool2")
    page.get_by_text("no pixel would be left at pool2").wait_for()
    page.get_by_role("button", name="Take 67 pixels").click()
    expect(page.get_by_text("can't be built")).to_have_count(0)
    expect(page.locator("svg .lost")).to_have_count(0)
    expect(page.get_by_role("spinbutton", name="Input side (pixels)")).to_have_value("67")


def test_on_a_narrow_screen_everything_fits(open_network: Open) -> None:
    page = open_network(
        "?network=alexnet-flowers17&against=alexnet-2012", viewport={"width": 820, "height": 1180}
    )
    assert page.evaluate(OVERFLOW) <= 0
    for width in page.locator(".scroll").evaluate_all(
        "all => all.map((box) => box.scrollWidth - box.clientWidth)"
    ):
        assert width <= 0
