"""The Data page in Chromium: a ZIP on its way in, and a data set looked at, changed and deleted."""

from __future__ import annotations

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE_MS, Open

DROP = """
([zone, encoded, name]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "application/zip" }));
  for (const kind of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true }));
  }
}
"""
FOCUSED = """
() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return (at?.title || at?.innerText || at?.ariaLabel || "").trim();
}
"""
MEGABYTES_A_SECOND = 2_000_000


@pytest.fixture
def uploads(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps what is on its way."""
    (folder,) = tmp_path_factory.getbasetemp().glob("server[0-9]*")
    return folder / "home" / "uploads"


def packed(path: Path, classes: tuple[str, ...], each: int) -> Path:
    """A ZIP of noise, so many pictures a class."""
    random = np.random.default_rng(len(classes) * each)
    with zipfile.ZipFile(path, "w") as archive:
        for name in classes:
            for number in range(each):
                file = io.BytesIO()
                levels = random.integers(0, 256, (24, 24, 3), np.uint8)
                Image.fromarray(levels).save(file, "BMP")
                archive.writestr(f"{name}/{number}.bmp", file.getvalue())
    return path


def slow_to_import(path: Path) -> Path:
    """A small ZIP of 60 pictures that are large once decoded."""
    file = io.BytesIO()
    Image.new("RGB", (2500, 2500), "teal").save(file, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(60):
            archive.writestr(f"{'one' if number % 2 else 'two'}/{number}.png", file.getvalue())
    return path


def heavy(path: Path, size: int) -> Path:
    """A ZIP of two classes and about so many bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
            archive.writestr(name, bytes(size // 4))
    return path


def to_data(page: Page) -> Page:
    """Go to the Data page and have the ways in open."""
    page.get_by_role("link", name="Data", exact=True).click()
    page.locator(".st-key-pictures").wait_for()
    show_ways_in(page)
    return page


def show_ways_in(page: Page) -> None:
    """Have the place for a ZIP on the screen; it is, as long as there is no set but Shapes."""
    if not page.locator(".st-key-zip-drop").is_visible():
        page.get_by_text("Add a data set").click()
    page.get_by_role("button", name="Choose a ZIP").wait_for()


def send(page: Page, path: Path) -> None:
    page.set_input_files(".st-key-zip-drop input[type=file]", path)


def slow_down(page: Page) -> Callable[[], object]:
    """Let the page send two megabytes a second; gives back what ends that."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")

    def limit(bytes_a_second: int) -> object:
        return devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 0,
                "downloadThroughput": -1,
                "uploadThroughput": bytes_a_second,
            },
        )

    limit(MEGABYTES_A_SECOND)
    return lambda: limit(-1)


def test_a_dropped_zip_is_looked_into_imported_changed_and_deleted(
    open_lab: Open, tmp_path: Path, uploads: Path
) -> None:
    page = to_data(open_lab())
    archive = packed(tmp_path / "My Birds.zip", ("gull", "owl"), 12)
    zone = page.locator(".st-key-zip-drop .zone").element_handle()
    encoded = base64.b64encode(archive.read_bytes()).decode()
    page.evaluate(DROP, [zone, encoded, archive.name])
    page.get_by_text("24 pictures in 2 classes").wait_for()
    page.get_by_text("Train 20 · Validation 2 · Test 2").wait_for()
    page.locator(".st-key-planned .js-plotly-plot").wait_for()
    # The name that is typed last counts, also where the click follows at once.
    page.get_by_label("Name", exact=True).fill("birds")
    page.get_by_role("button", name="Import").click()
    page.get_by_text("birds is here: 24 pictures in 2 classes.").wait_for()
    expect(page).to_have_url(re.compile("dataset=birds"))
    assert not [path for path in uploads.rglob("*") if path.is_file()]

    page.get_by_role("tab", name="Change").click()
    page.get_by_role("textbox", name="Names of the classes").fill("Möwe\nEule")
    page.get_by_role("button", name="Rename").click()
    page.get_by_text("The classes have their new names.").wait_for()
    page.get_by_role("tab", name="Pictures").click()
    page.get_by_role("group", name="Pictures").get_by_text("Möwe").first.wait_for()

    page.get_by_role("tab", name="Change").click()
    page.get_by_role("button", name="Delete this data set").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("are removed from the disk").wait_for()
    dialog.get_by_role("button", name="Keep it").click()
    dialog.wait_for(state="detached")
    page.get_by_role("button", name="Delete this data set").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("birds is deleted.").wait_for()
    page.get_by_role("heading", name="Shapes").wait_for()
    assert not (uploads.parent / "datasets" / "birds").exists()


def test_a_transfer_shows_its_progress_and_a_cancelled_one_leaves_nothing(
    open_lab: Open, tmp_path: Path, uploads: Path
) -> None:
    page = to_data(open_lab())
    slow_down(page)
    send(page, heavy(tmp_path / "large.zip", 30_000_000))
    bar = page.get_by_role("progressbar", name="Sent so far")
    page.wait_for_function("bar => bar.value > 0.1", arg=bar.element_handle())
    page.get_by_text("of 30 MB").wait_for()
    assert list(uploads.rglob("part"))
    # By keyboard, as whoever has no pointer does it.
    page.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Choose a ZIP").wait_for()
    assert page.evaluate(FOCUSED) == "Choose a ZIP"
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while list(uploads.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_transfer_goes_on_while_another_page_is_looked_at(open_lab: Open, tmp_path: Path) -> None:
    page = to_data(open_lab())
    undo = slow_down(page)
    send(page, heavy(tmp_path / "patient.zip", 12_000_000))
    page.get_by_role("progressbar", name="Sent so far").wait_for()
    page.get_by_role("link", name="Classify").click()
    page.locator(".lab-verdict").wait_for()
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_role("progressbar", name="Sent so far").or_(
        page.get_by_text("4 pictures in 2 classes")
    ).wait_for()
    undo()
    page.get_by_text("4 pictures in 2 classes").wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Choose a ZIP").wait_for()


def test_what_is_no_zip_is_said_before_it_is_sent(open_lab: Open, tmp_path: Path) -> None:
    page = to_data(open_lab())
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    other = tmp_path / "holiday.zip"
    other.write_bytes(b"%PDF-1.4 " * 100)
    send(page, other)
    page.get_by_role("alert").get_by_text("holiday.zip is no ZIP archive.").wait_for()
    assert not [url for url in sent if "uploads" in url]


def test_a_zip_without_classes_is_one_sentence(open_lab: Open, tmp_path: Path) -> None:
    page = to_data(open_lab())
    archive = tmp_path / "flat.zip"
    with zipfile.ZipFile(archive, "w") as packing:
        packing.writestr("notes.txt", b"x")
    send(page, archive)
    page.get_by_text("There are no pictures in class folders").wait_for()
    page.get_by_role("button", name="Choose a ZIP").wait_for()


def test_an_import_outlives_its_tab_and_can_be_cancelled(
    open_lab: Open, tmp_path: Path, uploads: Path
) -> None:
    page = to_data(open_lab())
    send(page, slow_to_import(tmp_path / "many.zip"))
    page.get_by_role("button", name="Import").click()
    page.locator("[class*=st-key-work-]").get_by_text("many").wait_for()
    page.close()
    page = to_data(open_lab())
    grid = page.get_by_role("group", name="Data sets on this machine")
    work = page.locator("[class*=st-key-work-]")
    grid.get_by_text("60 pictures").or_(work).first.wait_for()
    # Whoever comes later sees it end, and then the set.
    expect(work).to_have_count(0, timeout=PATIENCE_MS)
    grid.get_by_text("60 pictures").wait_for()

    page.get_by_role("link", name="Classify").click()
    page.locator(".lab-verdict").wait_for()
    to_data(page)
    send(page, slow_to_import(tmp_path / "more.zip"))
    page.get_by_role("button", name="Import").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The import was cancelled. Nothing of it is kept.").wait_for()
    left = {path.name for path in (uploads.parent / "datasets").iterdir()}
    assert not [name for name in left if "more" in name]
    assert not [path for path in uploads.rglob("*") if path.is_file()]


def test_pictures_are_chosen_by_keyboard_and_pages_turned(open_lab: Open) -> None:
    page = to_data(open_lab())
    grid = page.get_by_role("group", name="Pictures", exact=True)
    first = grid.get_by_role("button").first
    first.focus()
    assert page.evaluate(FOCUSED) == "arrow"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "crescent"
    page.keyboard.press("Enter")
    page.get_by_text("Its class: crescent").wait_for()
    expect(grid.get_by_role("button").nth(2)).to_have_attribute("aria-pressed", "true")
    # One stop of the Tab key for all forty.
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) not in ("cross", "crescent")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("41–80 of 4,000").wait_for()
    page.get_by_text("As the network sees them").click()
    page.get_by_text("pixels are what the chosen model gets").wait_for()


@pytest.mark.parametrize("tab", ["Pictures", "Classes", "Change"])
def test_nothing_is_cut_off_on_a_narrow_screen(open_lab: Open, tab: str) -> None:
    page = to_data(open_lab())
    page.get_by_role("tab", name=tab, exact=True).click()
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function("width => innerWidth === width", arg=width)
        overflow = page.evaluate(
            "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"
        )
        assert overflow <= 0
