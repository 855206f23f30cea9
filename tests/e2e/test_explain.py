"""The page Explain in Chromium: maps, chips, contrast, hover, slider, painting, links."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import PATIENCE_MS, Open, Visits


@pytest.fixture
def see(open_page: Open) -> Open:
    """Open the page by the query of a link, or by the whole link."""

    def opened(link: str = "", **options: object) -> Page:
        return open_page(link if link.startswith("http") else f"/explain{link}", **options)

    return opened


def drawn(page: Page, *methods: str) -> None:
    """Wait until the board shows these maps."""
    expect(page.locator(".board")).to_have_attribute("data-drawn", " ".join(methods))


def card(page: Page, method: str) -> Locator:
    return page.locator(f".card[data-method='{method}']")


def box_of(found: Locator) -> dict[str, float]:
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box is not None
    return dict(box)


def test_three_maps_are_there_and_nothing_sticks_out(see: Open) -> None:
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    expect(card(page, "saliency").locator("dl")).to_contain_text("Insertion")
    expect(page.locator(".large")).to_have_attribute("data-method", "saliency")
    for width in (1440, 820, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function("width => innerWidth === width", arg=width)
        overflow = page.evaluate(
            "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"
        )
        assert overflow <= 0


def test_chips_targets_and_contrast_make_a_link(see: Open) -> None:
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    page.locator(".chip", has_text="Occlusion").click()
    drawn(page, "saliency", "input-x-gradient", "grad-cam", "occlusion")
    # By keyboard as well: all chips are one stop of the Tab key.
    page.locator(".chip[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip", has_text="Input x Gradient")).to_be_focused()
    page.keyboard.press("Enter")
    drawn(page, "saliency", "grad-cam", "occlusion")
    expect(page).to_have_url(re.compile("methods=saliency(,|%2C)grad-cam(,|%2C)occlusion"))
    second = page.locator(".bars li").nth(1)
    name = second.locator(".aim span").inner_text()
    second.locator(".versus").click()
    expect(page.locator(".asked")).to_contain_text(f"and not {name}")
    expect(page).to_have_url(re.compile(r"against=\d"))
    card(page, "grad-cam").locator(".face").click()
    expect(page.locator(".large")).to_have_attribute("data-method", "grad-cam")
    expect(page).to_have_url(re.compile("open=grad-cam"))
    again = see(page.url)
    drawn(again, "saliency", "grad-cam", "occlusion")
    expect(again.locator(".asked")).to_contain_text(f"and not {name}")
    expect(again.locator(".large")).to_have_attribute("data-method", "grad-cam")


def test_one_pointer_reads_every_card(see: Open) -> None:
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    box = box_of(card(page, "saliency").locator("canvas"))
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.25 * box["height"])
    expect(page.locator(".large output")).to_have_text(re.compile(r"^Row 8, column 16: "))
    for method in ("photo", "saliency", "input-x-gradient", "grad-cam"):
        expect(card(page, method).locator(".mark")).to_be_visible()
    expect(card(page, "grad-cam").locator(".value")).to_have_text(re.compile(r"\d"))
    page.mouse.move(5, 5)
    expect(card(page, "grad-cam").locator(".mark")).to_be_hidden()
    page.locator(".large .stage").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".large output")).to_have_text(re.compile(r"^Row 16, column 17: "))
    expect(card(page, "grad-cam").locator(".mark")).to_be_visible()


def test_the_slider_and_the_looks_redraw(see: Open) -> None:
    page = see()
    large = page.locator(".large")
    expect(large).to_have_attribute("data-drawn", "saliency over signed 0.7")
    page.get_by_label("How much of the map covers the photo").fill("0.2")
    expect(large).to_have_attribute("data-drawn", "saliency over signed 0.2")
    page.get_by_role("button", name="Alone", exact=True).click()
    expect(large).to_have_attribute("data-drawn", "saliency alone signed 0.2")
    expect(page).to_have_url(re.compile("show=alone"))
    page.get_by_label("Percentile at which the scale ends").fill("95")
    expect(large.locator(".note").first).to_contain_text("95th percentile")
    with page.expect_download() as saved:
        large.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename.endswith(".png")


def test_what_a_sum_misses_is_said_as_a_share(see: Open) -> None:
    few = see("?methods=integrated-gradients&options=integrated-gradients.steps%3D2")
    note = few.locator(".large .note", has_text="The number explained is")
    expect(note).to_contain_text(re.compile(r"miss the difference by .*, [\d.]+\xa0% of it\."))
    expect(note).to_contain_text("More steps come nearer.")
    exact = see("?methods=deep-lift")
    expect(exact.locator(".large .note", has_text="0.0\xa0% of it.")).to_be_visible()
    expect(exact.locator(".large .note", has_text="More steps")).to_have_count(0)


def test_a_map_that_fails_is_a_sentence_and_can_be_tried_again(see: Open) -> None:
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    failing = [True]

    def fail(route: Route) -> None:
        if failing[0]:
            route.fulfill(json={"state": "failed", "error": "There is not enough memory."})
        else:
            route.continue_()

    page.route(re.compile(r"/map\?.*deconvolution"), fail)
    page.locator(".chip", has_text="Deconvolution").click()
    expect(card(page, "deconvolution").locator(".wait")).to_contain_text("not enough memory")
    failing[0] = False
    card(page, "deconvolution").get_by_role("button", name="Try again").click()
    expect(card(page, "deconvolution")).to_have_attribute("data-state", "done")


def test_a_map_on_its_way_can_be_stopped(see: Open) -> None:
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    done = [3]
    page.route(
        re.compile(r"/map\?.*lime"),
        lambda route: route.fulfill(json={"state": "going", "done": done[0], "total": 10}),
    )
    page.locator(".chip", has_text="LIME").click()
    lime = card(page, "lime")
    expect(lime.locator("progress")).to_have_attribute("value", "3")
    # Also where the bar moves while the pointer is down.
    lime.get_by_role("button", name="Stop").hover()
    page.mouse.down()
    done[0] = 4
    expect(lime.locator("progress")).to_have_attribute("value", "4")
    with page.expect_request(re.compile("/stop")) as asked:
        page.mouse.up()
    assert asked.value.method == "POST"
    expect(lime.locator(".wait")).to_contain_text("Stopped.")


def test_a_pass_that_went_is_made_anew(see: Open, visits: Visits) -> None:
    visits.expect_console(r"status of 404 .*deconvolution")
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    asked: list[str] = []

    def gone_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=404, json={"error": "not kept any more"})
        else:
            route.continue_()

    page.route(re.compile(r"/map\?.*deconvolution"), gone_once)
    page.locator(".chip", has_text="Deconvolution").click()
    expect(card(page, "deconvolution")).to_have_attribute("data-state", "done")
    assert len(asked) >= 2


def test_painting_moves_the_answer(see: Open) -> None:
    page = see("?part=paint-and-watch")
    paint = page.locator(".paint")
    expect(paint).to_have_attribute("data-painted", "0")
    before = paint.get_attribute("data-logit")
    box = box_of(paint.locator(".stage"))
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    page.mouse.up()
    expect(paint).not_to_have_attribute("data-painted", "0")
    expect(paint).not_to_have_attribute("data-logit", before or "")
    expect(paint.locator(".said")).to_contain_text("% painted over")
    paint.get_by_role("button", name="Clear").click()
    expect(paint).to_have_attribute("data-painted", "0")
    expect(paint).to_have_attribute("data-logit", before or "")


def test_from_the_ledger_to_a_unit(see: Open) -> None:
    page = see("?part=prediction-ledger")
    rows = page.locator(".ledger button.row")
    expect(page.locator(".ledger .sum")).to_be_visible()
    expect(page.locator(".ledger .check")).to_contain_text("Checked: bias and all")
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    rows.nth(2).click()
    expect(rows.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"hidden=\d+"))
    page.keyboard.press("ArrowDown")
    expect(rows.nth(3)).to_be_focused()
    expect(rows.nth(3)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(rows.nth(3)).to_have_attribute("aria-pressed", "true")
    unit = unit_of(rows.nth(3))
    expect(page).to_have_url(re.compile(rf"hidden={unit}\b"))
    expect(page.get_by_text(f"Unit {unit}: where on the photo it comes from")).to_be_visible()
    expect(page.get_by_text("No data set was searched with this model yet")).to_be_visible()
    page.locator(".bars .versus:visible").first.click()
    expect(page.locator(".ledger .sum")).to_contain_text("Scores’ difference")
    expect(page.locator(".ledger .check")).to_contain_text("Checked: bias and all")
    page.get_by_role("button", name="Explain this unit above").click()
    expect(page.locator(".asked")).to_contain_text(f"unit {unit} of relu7")
    expect(page).to_have_url(re.compile("about=relu7"))
    page.get_by_role("button", name="Take the answer apart").click()
    expect(page.locator(".asked")).not_to_contain_text("unit")
    page.get_by_role("button", name="More on Layers").click()
    expect(page.get_by_role("heading", name=f"relu7, unit {unit}")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/layers\?layer=relu7&unit={unit}&part=excited-by"))


def unit_of(row: Locator) -> int:
    """Which hidden unit a row of the ledger is about."""
    found = re.match(r"Unit (\d+) adds", row.get_attribute("aria-label") or "")
    assert found is not None
    return int(found[1])


class Server:
    """What the server says to a page, which can be held back."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._holding = False
        self._held: list[str | bytes] = []
        self._send: list[Callable[[str | bytes], None]] = []
        page.route_web_socket("**/_stcore/stream", self._between)

    def _between(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda said: (self._held.append if self._holding else socket.send)(said))
        self._send.append(socket.send)

    def hold(self) -> None:
        self._holding = True

    def answered(self, *words: bytes) -> int:
        """Wait until an answer with these words is held; gives how much is held then."""
        for _ in range(PATIENCE_MS // 50):
            said = b"".join(part for part in self._held if isinstance(part, bytes))
            if all(word in said for word in words):
                return len(self._held)
            self._page.wait_for_timeout(50)
        pytest.fail(f"no answer with {words}")

    def heard(self) -> str:
        """The number of the newest choice that the held answers know of."""
        said = b"".join(part for part in self._held if isinstance(part, bytes))
        return str(max(int(number) for number in re.findall(rb'"heard": ?(\d+)', said)))

    def let_go(self, count: int | None = None) -> None:
        """Hand on the first of what is held, or all and whatever comes."""
        self._holding = count is not None
        now, self._held = self._held[:count], self._held[len(self._held[:count]) :]
        for said in now:
            self._send[-1](said)


def test_a_late_answer_does_not_take_back_what_was_chosen_since(see: Open) -> None:
    page = see()
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    server = Server(page)
    page.goto(f"{page.url.split('?')[0]}?part=prediction-ledger")
    drawn(page, "saliency", "input-x-gradient", "grad-cam")
    bars, rows = page.locator(".bars .aim"), page.locator(".ledger button.row")
    lime, occlusion = (page.locator(".chip", has_text=name) for name in ("LIME", "Occlusion"))
    expect(rows).to_have_count(12)

    def pressed(*buttons: Locator) -> None:
        for button in buttons:
            expect(button).to_have_attribute("aria-pressed", "true")

    server.hold()
    rows.nth(1).click()
    count = server.answered(b"hidden=")
    heard = server.heard()
    # While the page has not answered yet, a person goes on.
    rows.nth(4).click()
    unit = unit_of(rows.nth(4))
    server.let_go(count)
    expect(page).to_have_url(re.compile("hidden="))
    expect(page.locator(f".ledger[data-heard='{heard}']")).to_be_attached()
    pressed(rows.nth(4))
    server.let_go()
    expect(page).to_have_url(re.compile(rf"hidden={unit}\b"))
    pressed(rows.nth(4))

    server.hold()
    occlusion.click()
    bars.nth(1).click()
    card(page, "input-x-gradient").locator(".face").click()
    page.get_by_role("button", name="Alone", exact=True).click()
    page.get_by_role("button", name="Size alone").click()
    count = server.answered(b"occlusion", b"open=input-x-gradient", b"signs=sizes")
    heard = server.heard()
    bars.nth(2).click()
    name = bars.nth(2).locator("span").inner_text()
    card(page, "grad-cam").locator(".face").click()
    page.get_by_role("button", name="Outline").click()
    page.get_by_role("button", name="For and against").click()
    lime.hover()
    page.mouse.down()
    server.let_go(count)
    expect(page).to_have_url(re.compile("signs=sizes"))
    expect(page.locator(f".board[data-heard='{heard}']")).to_be_attached()
    # A button that the answer made anew under the pointer would not be clicked.
    page.mouse.up()

    def stays() -> None:
        pressed(occlusion, lime, bars.nth(2), card(page, "grad-cam").locator(".face"))
        for text in ("Outline", "For and against"):
            pressed(page.get_by_role("button", name=text, exact=True))
        expect(page.locator(".asked")).to_have_text(f"Explained: {name}")

    stays()
    server.let_go()
    expect(page).to_have_url(re.compile(r"lime.*open=grad-cam.*show=outline"))
    expect(page).not_to_have_url(re.compile("signs="))
    expect(page.locator(".st-key-explain-view .large")).to_have_attribute(
        "data-drawn", re.compile("^grad-cam outline signed")
    )
    expect(page.locator(".board")).to_have_attribute("data-drawn", re.compile("occlusion lime"))
    stays()
