"""The page Pixel by pixel in Chromium: sweep, hover, pin, keyboard, links, and its sums."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from alexnet_core.data.transforms import Transform
from alexnet_core.inspection.arithmetic import window
from alexnet_core.inspection.capture import Captured, capture
from alexnet_core.models import library
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel
from dashboard.common import caches, samples
from tests.e2e.conftest import PATIENCE_MS

Look = Callable[..., Page]

COMPUTE = """
async ([library, base, bytes, places]) => {
  const { unpackArrays } = await import(`${library}/payload.js`);
  const { PANELS } = await import(`${base}/panels.js`);
  const packed = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const data = { ...unpackArrays(packed), unitWord: "Map" };
  const { arrays } = data;
  if (data.kind === "linear") {
    const sum = arrays.input.reduce((total, value, at) => total + value * arrays.weights[at], 0);
    return places.map(() => [sum + data.rest + data.bias, data.value]);
  }
  const panel = new PANELS[data.kind]({ channel: null, host: {} });
  panel.set(data);
  const columns = data.shapes.output[1] ?? 1;
  return places.map(([unit, row, column]) => {
    const at = data.outputShape.length === 1 ? unit - data.first : row * columns + column;
    return [panel.result(row, column, at).value, arrays.output[at]];
  });
}
"""

COUNT_MESSAGES = """
() => {
  window.sent = 0;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    window.sent += 1;
    send.call(this, data);
  };
}
"""

MOVED = """
([lab, before]) => Number(lab.dataset.column) !== before
"""

SMALL = AlexNetConfig(
    name="small",
    input_size=67,
    num_classes=7,
    conv_channels=(8, 12, 10, 14, 12),
    hidden_sizes=(20, 16),
    lrn_alpha=0.3,
    initialisation="he",
)
OTHER = SMALL.replace(
    input_size=99,
    towers=1,
    activation="tanh",
    pool_padding=1,
    adaptive_pool=4,
    norm="batch",
    norm_after=(1, 2, 3, 4, 5),
    hidden_norm="before_activation",
    dropout_position="before_linear",
)


@pytest.fixture
def look(browser: Browser, server: str) -> Iterator[Look]:
    """Open the page; no script may fail and nothing may be asked of another machine."""
    faults: list[str] = []
    contexts = []

    def opened(query: str = "", **options: object) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script failed: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server, "data:", "blob:"))
                else faults.append(f"asked {request.url}")
            ),
        )
        page.goto(query if query.startswith("http") else f"{server}/pixels{query}")
        page.locator(".lab-pixels .ledger").wait_for()
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield opened
    expect.set_options(timeout=5_000)
    for context in contexts:
        context.close()
    assert faults == []


def lab(page: Page) -> Locator:
    return page.locator(".lab-pixels")


def output(page: Page) -> Locator:
    """The map that the layer gives."""
    return lab(page).get_by_label("What").last


def point(page: Page, row: int, column: int, side: int) -> dict[str, float]:
    """The middle of a place, on the map of the output."""
    box = output(page).bounding_box()
    assert box is not None
    return {"x": (column + 0.5) * box["width"] / side, "y": (row + 0.5) * box["height"] / side}


def at(page: Page, **said: object) -> None:
    """Wait until the lab shows this place."""
    for name, value in said.items():
        expect(lab(page)).to_have_attribute(f"data-{name}", str(value))


def number(page: Page, name: str) -> float:
    return float(lab(page).get_attribute(f"data-{name}") or "nan")


def moved(page: Page) -> None:
    """Wait until the window is somewhere else."""
    before = number(page, "column")
    page.wait_for_function(MOVED, arg=[lab(page).element_handle(), before])


def of_the_cat(layer: str, unit: int, row: int, column: int) -> float:
    """What the shipped network gives there."""
    picture = caches.Source.of(samples.read("cat"), "cat")
    found = capture(library.load("bundled:cifar10"), caches.decoded(picture))
    return float(found.outputs[layer][unit, row, column])


def test_the_kernel_sweeps_by_itself_and_space_stops_it(look: Look) -> None:
    page = look("?layer=conv1&unit=3")
    at(page, moving="true", pinned="false")
    moved(page)
    moved(page)
    output(page).focus()
    page.keyboard.press("Space")
    at(page, moving="false")
    expect(lab(page).get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("Space")
    at(page, moving="true")
    moved(page)
    lab(page).get_by_role("button", name="Pause").click()
    at(page, moving="false")


def test_nothing_moves_for_who_wants_less_motion_until_asked(look: Look) -> None:
    page = look("?layer=conv1&unit=3", reduced_motion="reduce")
    expect(page).to_have_url(re.compile("layer=conv1"))
    at(page, moving="false", row="0", column="0")
    lab(page).get_by_role("button", name="Play").click()
    at(page, moving="true")
    moved(page)


def test_hover_takes_over_without_asking_the_server(look: Look) -> None:
    page = look("?layer=conv1&unit=3")
    expect(page).to_have_url(re.compile("unit=3"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(COUNT_MESSAGES)
    for row, column in ((5, 9), (20, 30), (31, 0)):
        output(page).hover(position=point(page, row, column, 32))
        at(page, row=row, column=column, moving="false", pinned="false")
        given = of_the_cat("conv1", 3, row, column)
        assert number(page, "sum") == pytest.approx(given, abs=1e-4)
        assert number(page, "captured") == pytest.approx(given, abs=1e-6)
        said = f"{given:.4f}".replace("-", "−")
        expect(lab(page).locator(".term.strong b")).to_have_text(said)
        expect(lab(page).locator(".check")).to_have_text(f"The network gave {said}: the same")
    assert asked == []
    assert page.evaluate("() => window.sent") == 0
    page.mouse.move(5, 5)
    at(page, moving="true")
    moved(page)


def test_click_keeps_keys_move_and_a_link_shows_the_same(look: Look) -> None:
    page = look("?layer=conv2&unit=10")
    output(page).click(position=point(page, 8, 9, 32))
    at(page, row=8, column=9, pinned="true", moving="false")
    expect(page).to_have_url(re.compile(r"row=8&column=9"))
    output(page).hover(position=point(page, 20, 20, 32))
    at(page, row=8, column=9)
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    at(page, row=9, column=10)
    lab(page).get_by_label("Input channel").select_option("5")
    at(page, channel="5")
    expect(page).to_have_url(re.compile(r"row=9&column=10&channel=5"))
    expect(lab(page).locator(".spoken")).to_have_text(re.compile("^Row 9, column 10: channel 5"))
    again = look(page.url)
    at(again, layer="conv2", unit=10, row=9, column=10, channel="5", pinned="true")
    assert number(again, "sum") == pytest.approx(of_the_cat("conv2", 10, 9, 10), abs=1e-4)
    terms = lab(again).locator(".terms").inner_text()
    assert terms == lab(page).locator(".terms").inner_text()
    output(again).focus()
    again.keyboard.press("Escape")
    at(again, pinned="false")
    expect(again).not_to_have_url(re.compile("row="))


def test_another_filter_keeps_the_place_and_another_layer_opens(look: Look) -> None:
    page = look("?layer=conv2&unit=10&row=4&column=5")
    lab(page).get_by_role("button", name="The next one").click()
    at(page, unit=11, row=4, column=5)
    assert number(page, "sum") == pytest.approx(of_the_cat("conv2", 11, 4, 5), abs=1e-4)
    lab(page).locator(".chain button").first.click()
    at(page, layer="relu2", unit=11, row=4, column=5)
    lab(page).get_by_role("button", name="Input: conv2").click()
    at(page, layer="conv2", unit=11, row=4, column=5)
    lab(page).get_by_role("spinbutton").fill("3")
    page.keyboard.press("Enter")
    at(page, unit=3)


def test_pooling_marks_the_winner_and_counts_who_sees_it(look: Look) -> None:
    page = look("?layer=pool2&unit=45&row=3&column=4")
    at(page, row=3, column=4)
    assert number(page, "sum") == number(page, "captured")
    facts = lab(page).locator(".facts li")
    expect(facts.first).to_have_text(re.compile(r"wins with|are equal at"))
    expect(facts.nth(1)).to_have_text(re.compile("see this pixel"))


def test_a_class_can_be_walked_down_to_the_maps_that_make_it(look: Look) -> None:
    page = look("?layer=softmax")
    lab(page).get_by_role("button", name="fc8").click()
    for layer in ("fc8", "fc7", "fc6"):
        at(page, layer=layer)
        assert number(page, "sum") == pytest.approx(number(page, "captured"), abs=1e-4)
        lab(page).locator(".strongest button").first.click()
    at(page, layer="norm5", pinned="true")


def test_a_logit_can_be_dragged_and_the_temperature_changed(look: Look) -> None:
    page = look("?layer=softmax")
    first = lab(page).locator("table.softmax tbody tr").first
    share = first.locator("td").nth(3)
    before = share.inner_text()
    sure = number(page, "sum")
    assert sure == pytest.approx(number(page, "captured"), abs=1e-6)
    handle = first.get_by_role("slider")
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 120, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    expect(share).not_to_have_text(before)
    assert number(page, "sum") < sure
    reset = lab(page).get_by_role("button", name="Reset")
    reset.click()
    expect(share).to_have_text(before)
    expect(reset).to_be_disabled()
    handle.press("ArrowLeft")
    assert number(page, "sum") < sure
    reset.click()
    lab(page).get_by_label("Temperature").fill("1")
    expect(lab(page).locator("output")).to_have_text("10.00")
    assert number(page, "sum") < sure / 2
    reset.click()
    assert number(page, "sum") == pytest.approx(sure)


def _seen(model: LoadedModel) -> Captured:
    size = model.config.input_size
    return capture(model, np.random.default_rng(7).integers(0, 256, (size, size, 3), np.uint8))


def _loaded(config: AlexNetConfig) -> LoadedModel:
    network = build(config, seed=3).eval()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.endswith(("running_mean", "running_var", "bias")):
                value.copy_(torch.rand(value.shape) + 0.1)
    return LoadedModel(
        reference="test",
        network=network,
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=tuple(map(str, range(config.num_classes))),
        card=None,
    )


def test_the_scripts_compute_what_every_layer_gave(look: Look, server: str) -> None:
    """The page's own modules, over random places of all layers and kinds."""
    page = look("?layer=softmax")
    bases = f"{server}/browser", f"{server}/_stcore/bidi-components/alexnet-lab.pages-pixels-lab"
    for model in (library.load("bundled:cifar10"), _loaded(SMALL), _loaded(OTHER)):
        found, random = _seen(model), np.random.default_rng(2)
        for spec in model.config.layers():
            values = found.outputs[spec.name]
            unit = int(random.integers(values.shape[0]))
            packed = window.look(model.network, found, spec.name, unit).packed()
            height, width = values.shape[1:] or (1, 1)
            places = [[unit, 0, 0], [unit, height - 1, width - 1]]
            for _ in range(30):
                row, column = int(random.integers(height)), int(random.integers(width))
                # A window of maps is of one unit, one of a row of all, unless it has weights.
                moves = values.ndim == 1 and spec.kind != "linear"
                other = int(random.integers(values.shape[0])) if moves else unit
                places.append([other, row, column])
            sent = base64.b64encode(packed).decode()
            answer: Any = page.evaluate(COMPUTE, [*bases, sent, places])
            mine, given = np.array(answer, dtype=np.float64).T
            real = [values[tuple(place[: values.ndim])] for place in places]
            assert np.array_equal(given.astype(np.float32), real), spec.name
            assert np.allclose(mine, real, rtol=1e-4, atol=1e-4), spec.name
