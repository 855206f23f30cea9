"""The page Layers in Chromium: hover, click, keyboard, walking, covering, links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Position, Route, WebSocketRoute, expect

from tests.e2e.conftest import PATIENCE_MS

Look = Callable[..., Page]


@pytest.fixture
def look(browser: Browser, server: str) -> Iterator[Look]:
    """Open the page Layers; no script may fail and nothing may be asked of another machine."""
    faults: list[str] = []
    contexts = []

    def opened(query: str = "", **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script failed: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server, "data:", "blob:", server.replace("http", "ws")))
                else faults.append(f"asked {request.url}")
            ),
        )
        page.goto(query if query.startswith("http") else f"{server}/layers{query}")
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield opened
    expect.set_options(timeout=5_000)
    for context in contexts:
        context.close()
    assert faults == []


def drawn(page: Page, what: str) -> None:
    """Wait until the grid shows a layer, such as ``conv1 maps``."""
    expect(page.locator(".grid")).to_have_attribute("data-drawn", what)
    # What the page still draws above would move it.
    page.locator("[data-test-script-state=notRunning]").first.wait_for(state="attached")


def shows(page: Page, unit: int) -> None:
    """Wait until the unit is large on the right and the address names it."""
    expect(page.locator(".view")).to_have_attribute("data-unit", str(unit))
    expect(page).to_have_url(re.compile(rf"unit={unit}\b"))


def tile(page: Page, place: int, across: float = 0.5, down: float = 0.5) -> Position:
    """A point of the tile at a place of the grid, from the corner of the stage."""
    stage = page.locator(".stage")
    side, gap, columns = (
        int(stage.get_attribute(f"data-{name}") or 0) for name in ("side", "gap", "columns")
    )
    down_to, along = divmod(place, columns)
    return {
        "x": along * (side + gap) + across * side,
        "y": down_to * (side + gap) + down * side,
    }


def place_of(page: Page, name: str) -> dict[str, float]:
    """Where an element is on the screen."""
    box = page.locator(name).bounding_box()
    assert box is not None
    return dict(box)


def test_all_is_in_sight_and_the_strip_wraps_on_a_narrow_screen(look: Look) -> None:
    page = look()
    drawn(page, "conv1 maps")
    expect(page.locator(".strip [aria-pressed=true]")).to_have_text("conv1")
    page.locator(".strip button").nth(24).wait_for()
    strip, grid, view = (place_of(page, name) for name in (".strip", ".grid", ".view"))
    assert 0 <= strip["x"] < strip["x"] + strip["width"] <= grid["x"]
    assert grid["x"] + grid["width"] <= view["x"] < view["x"] + view["width"] <= 1440
    for box in (strip, grid, view):
        assert box["y"] + min(box["height"], 200) <= 900
    assert grid["y"] + grid["height"] <= 900
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function("width => innerWidth === width", arg=width)
        overflow = page.evaluate(
            "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"
        )
        assert overflow <= 0
        strip, grid = place_of(page, ".strip"), place_of(page, ".grid")
        assert strip["y"] + strip["height"] <= grid["y"]
        assert strip["width"] > 0.85 * width


def test_hover_names_the_place_and_frames_what_it_sees(look: Look) -> None:
    page = look("?layer=conv2&unit=0")
    drawn(page, "conv2 maps")
    expect(page.locator(".view")).to_have_attribute("data-hovered", "false")
    page.locator(".stage").hover(position=tile(page, 3, 0.05, 0.05))
    output = page.locator(".grid output")
    expect(output).to_have_text(re.compile(r"^Channel 3, row 1, column 1: −?[\d.]+"))
    expect(page.locator(".view")).to_have_attribute("data-hovered", "true")
    expect(page.locator(".view")).to_have_attribute("data-unit", "3")
    expect(page.locator(".view")).to_have_attribute("data-place", "1,1")
    page.locator(".stage").hover(position=tile(page, 3, 0.95, 0.95))
    expect(page.locator(".view")).to_have_attribute("data-place", "30,30")
    page.mouse.move(5, 5)
    expect(page.locator(".view")).to_have_attribute("data-unit", "0")
    expect(output).to_have_text(re.compile("^Channel 0: mean size"))
    with page.expect_response(lambda answer: "/effective/conv2" in answer.url) as asked:
        page.get_by_label("Sensitivity").check()
    assert asked.value.ok
    assert "unit=0" in asked.value.url
    expect(page.locator(".view .note")).to_contain_text("Orange is what it answers to there.")


def test_click_and_keyboard_choose_and_a_link_shows_the_same(look: Look) -> None:
    page = look("?layer=conv3")
    drawn(page, "conv3 maps")
    page.locator(".stage").click(position=tile(page, 5))
    shows(page, 5)
    expect(page.get_by_role("heading", name="conv3, channel 5")).to_be_visible()
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    shows(page, 7)
    expect(page.get_by_role("heading", name="conv3, channel 7")).to_be_visible()
    page.keyboard.press("Home")
    shows(page, 0)
    page.keyboard.press("End")
    shows(page, 191)
    page.get_by_label("Sort by").select_option("strength")
    expect(page).to_have_url(re.compile("sort=strength"))
    page.get_by_role("radio", name="Filters").check(force=True)
    drawn(page, "conv3 filters")
    expect(page).to_have_url(re.compile("view=filters"))
    again = look(page.url)
    drawn(again, "conv3 filters")
    shows(again, 191)
    expect(again.get_by_label("Sort by")).to_have_value("strength")
    assert again.locator(".grid .chosen").get_attribute("style") == page.locator(
        ".grid .chosen"
    ).get_attribute("style")


def test_a_late_answer_does_not_take_back_what_was_chosen_since(look: Look) -> None:
    held: list[str | bytes] = []
    holding = False
    page = look()
    drawn(page, "conv1 maps")

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda said: (held.append if holding else socket.send)(said))
        release.append(socket.send)

    release: list[Callable[[str | bytes], None]] = []
    page.route_web_socket("**/_stcore/stream", between)
    page.goto(page.url.split("?")[0] + "?layer=conv3&unit=7")
    drawn(page, "conv3 maps")
    shows(page, 7)
    holding = True
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    for _ in range(PATIENCE_MS // 50):
        if any(b"conv3, channel 8" in said for said in held if isinstance(said, bytes)):
            break
        page.wait_for_timeout(50)
    page.keyboard.press("End")
    holding = False
    for said in held:
        release[-1](said)
    expect(page).to_have_url(re.compile(r"unit=191\b"))
    shows(page, 191)
    expect(page.get_by_role("heading", name="conv3, channel 191")).to_be_visible()


def test_an_answer_that_takes_its_time_does_not_take_back_a_click_on_a_layer(look: Look) -> None:
    held: list[str | bytes] = []
    release: list[Callable[[str | bytes], None]] = []
    holding = False
    page = look()

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda said: (held.append if holding else socket.send)(said))
        release.append(socket.send)

    page.route_web_socket("**/_stcore/stream", between)
    page.goto(page.url)
    drawn(page, "conv1 maps")
    holding = True
    page.locator(".strip button", has_text="conv3").click()
    for _ in range(PATIENCE_MS // 50):
        if any(b"conv3, channel" in said for said in held if isinstance(said, bytes)):
            break
        page.wait_for_timeout(50)
    # Longer than anybody may count on.
    page.wait_for_timeout(6_000)
    expect(page.locator(".strip [aria-pressed=true]")).to_have_text("conv3")
    page.locator(".strip button", has_text="conv4").click()
    expect(page.locator(".grid")).to_have_attribute("data-drawn", "conv4 maps")
    holding = False
    for said in held:
        release[-1](said)
    expect(page).to_have_url(re.compile("layer=conv4"))
    expect(page.locator(".view")).to_have_attribute("data-layer", "conv4")
    expect(page.locator(".strip [aria-pressed=true]")).to_have_text("conv4")
    expect(page.get_by_role("heading", name=re.compile("^conv4, channel"))).to_be_visible()


def test_a_click_that_the_page_never_heard_of_is_said_again(look: Look) -> None:
    lost: list[str | bytes] = []
    losing = False
    page = look()

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda said: (lost.append if losing else server.send)(said))

    page.route_web_socket("**/_stcore/stream", between)
    page.goto(page.url)
    drawn(page, "conv1 maps")
    losing = True
    page.locator(".strip button", has_text="conv4").click()
    for _ in range(PATIENCE_MS // 50):
        if lost:
            break
        page.wait_for_timeout(50)
    losing = False
    expect(page).to_have_url(re.compile("layer=conv4"))
    drawn(page, "conv4 maps")
    expect(page.locator(".view")).to_have_attribute("data-layer", "conv4")
    expect(page.locator(".strip [aria-pressed=true]")).to_have_text("conv4")


def test_maps_that_went_are_made_anew(look: Look) -> None:
    page = look("?layer=conv1")
    drawn(page, "conv1 maps")
    asked = []

    def gone_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=404, json={"error": "not kept any more"})
        else:
            route.continue_()

    page.route("**/maps/conv4", gone_once)
    page.locator(".strip button", has_text="conv4").click()
    drawn(page, "conv4 maps")
    expect(page.locator(".view")).to_have_attribute("data-layer", "conv4")
    assert len(asked) >= 2


def test_the_strip_is_walked_by_keyboard(look: Look) -> None:
    page = look("?layer=conv1")
    drawn(page, "conv1 maps")
    page.locator(".strip [aria-pressed=true]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    drawn(page, "relu2 maps")
    expect(page.locator(".strip [aria-pressed=true]")).to_have_text("relu2")
    expect(page).to_have_url(re.compile("layer=relu2"))


def test_from_a_class_down_to_the_picture(look: Look) -> None:
    page = look("?layer=fc8&unit=3&part=from-and-to")
    drawn(page, "fc8 maps")
    expect(page.get_by_role("heading", name="fc8, unit 3: cat")).to_be_visible()
    feeding = page.locator(".walk section").first
    for layer in ("relu7", "relu6", "norm5", "norm4", "norm3", "norm2", "norm1"):
        expect(feeding.locator("h4")).to_have_text(f"From {layer}")
        feeding.locator("button").first.click()
        drawn(page, f"{layer} maps")
    expect(page.locator(".walk h4", has_text="From the picture")).to_be_visible()
    assert feeding.locator("button").count() == 0


def test_a_pinned_map_stays_while_the_picture_changes(look: Look) -> None:
    page = look("?layer=relu2&unit=4")
    drawn(page, "relu2 maps")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.locator(".pinned figcaption")).to_have_text(
        "Pinned: relu2, channel 4: Cat in bundled:cifar10"
    )
    token = page.locator(".strip").get_attribute("data-token")
    page.get_by_role("button", name="Change the picture").click()
    page.get_by_role("button", name="Rocket").click()
    expect(page.locator(".strip")).not_to_have_attribute("data-token", token or "")
    expect(page.locator(".view")).to_have_attribute("data-unit", "4")
    expect(page.locator(".pinned")).to_be_visible()
    expect(page.locator(".pinned figcaption")).to_contain_text("Cat in bundled:cifar10")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Unpin").click()
    expect(page.locator(".pinned")).to_be_hidden()


def test_a_part_of_the_picture_is_covered(look: Look) -> None:
    page = look("?layer=conv4&part=change")
    drawn(page, "conv4 maps")
    page.get_by_role("radio", name="The picture").click()
    area = page.locator(".photo.covering")
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.9 * box["height"], steps=4)
    page.mouse.up()
    cells = page.locator(".lab-before-after tbody tr").first.locator("td")
    expect(cells.last).to_be_visible()
    before, covered = cells.all_inner_texts()[-2:]
    assert before != covered
    cover = page.get_by_role("group", name="The covered part")
    expect(cover).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Shift+ArrowLeft")
    expect(cells.last).not_to_have_text(covered)
    assert cells.all_inner_texts()[-2] == before
