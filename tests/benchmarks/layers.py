"""What the page Layers takes in the browser: until a grid is drawn, and bytes for a layer.

    uv run python tests/benchmarks/layers.py

A real server and Chromium. For every layer it is measured from the click on the strip, with the
script's run on the server in it, and from the browser's own request; the maps are random-weight
AlexNet's of 2012, the largest of the family. Until the first grid it is measured from another
picture's click: decoding, the forward pass and the capture are in it. Chromium draws without a
GPU here.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measure import report, say
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]

GOAL = {"grid_ms": 300}
LAYERS = ("conv1", "relu1", "pool1", "conv2", "conv3", "conv5", "pool5", "fc6", "fc8")
PICTURES = ("Rocket", "Coffee", "Astronaut", "Motorcycle")

# Playwright's own way to find an element takes longer than what is measured.
CLICKED = """
([name, wanted]) => new Promise((done) => {
  const within = (root, selector) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.matches(selector)) return element;
      const found = element.shadowRoot && within(element.shadowRoot, selector);
      if (found) return found;
    }
  };
  const grid = within(document, ".grid[data-drawn]");
  const button = within(document, name);
  const before = grid.dataset.at;
  const began = performance.now();
  const look = () => {
    if (grid.dataset.at !== before && grid.dataset.drawn === wanted) {
      // The next frame has it on the screen.
      requestAnimationFrame(() => done({ ms: performance.now() - began, at: grid.dataset.at }));
    } else requestAnimationFrame(look);
  };
  button.click();
  look();
})
"""
FETCHED = """
(part) => {
  const found = performance.getEntriesByType("resource").filter(({ name }) => name.includes(part));
  const last = found.at(-1);
  return { began: last.startTime, bytes: last.encodedBodySize, whole: last.decodedBodySize };
}
"""


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="random:alexnet-2012")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _lab(Path(folder)) as address:
        found = _measured(address, wanted.model, wanted.rounds)
    report("layers", {"goal": GOAL, "model": wanted.model, "rounds": wanted.rounds, **found})


def _measured(address: str, model: str, rounds: int) -> dict[str, Any]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    clicks: dict[str, list[float]] = {layer: [] for layer in LAYERS}
    drawings: dict[str, list[float]] = {layer: [] for layer in LAYERS}
    sizes: dict[str, dict[str, float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for turn in range(rounds):
            # A new profile: nothing comes out of the browser's own store.
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{address}/layers?model={model}&layer=norm1")
            page.locator(".grid[data-drawn]").wait_for(timeout=120_000)
            page.locator(".strip button").first.wait_for()
            page.wait_for_timeout(3_000)
            for layer in LAYERS:
                selector = f'.strip button[data-layer="{layer}"]'
                took = page.evaluate(CLICKED, [selector, f"{layer} maps"])
                page.wait_for_timeout(1_500)
                sizes[layer] = fetched = page.evaluate(FETCHED, f"/maps/{layer}")
                clicks[layer].append(took["ms"])
                drawings[layer].append(float(took["at"]) - fetched["began"])
                say(f"round {turn + 1}, {layer}: {clicks[layer][-1]:.0f} ms")
            if turn < rounds - 1:
                page.close()
        first = _first(page)
        browser.close()
    return {
        "first_grid_of_another_picture": first,
        "layers": {
            layer: {
                "click_to_drawn_ms": round(statistics.median(clicks[layer]), 1),
                "request_to_drawn_ms": round(statistics.median(drawings[layer]), 1),
                "bytes": sizes[layer]["bytes"],
                "bytes_unpacked": sizes[layer]["whole"],
            }
            for layer in LAYERS
        },
    }


def _first(page: Page) -> dict[str, Any]:
    """Another picture's first grid: decoding, forward pass, capture and drawing together."""
    page.evaluate(CLICKED, ['.strip button[data-layer="conv1"]', "conv1 maps"])
    page.get_by_role("button", name="Change the picture").click()
    page.get_by_role("button", name=PICTURES[0]).wait_for()
    page.wait_for_timeout(1_500)
    times, drawings = [], []
    for picture in PICTURES:
        took = page.evaluate(CLICKED, [f'button[title="{picture}"]', "conv1 maps"])
        page.wait_for_timeout(1_500)
        times.append(took["ms"])
        fetched = page.evaluate(FETCHED, "/maps/conv1")
        drawings.append(float(took["at"]) - fetched["began"])
    return {
        "layer": "conv1",
        "click_to_drawn_ms": round(statistics.median(times), 1),
        "request_to_drawn_ms": round(statistics.median(drawings), 1),
    }


@contextmanager
def _lab(folder: Path) -> Iterator[str]:
    """A server with a home of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard", "--headless", "--port", str(port)]
    environment = os.environ | {
        "ALEXNET_LAB_HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    main()
