from __future__ import annotations

import base64
import urllib.request
from pathlib import Path

import pytest
import skimage

from tests.e2e.conftest import Open, answered, bars, shows

PHOTOS = Path(skimage.__file__).parent / "data"

PASTE = """
async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "clip.png", { type: "image/png" }));
  const paste = new ClipboardEvent("paste", { clipboardData: carried, bubbles: true });
  document.body.dispatchEvent(paste);
}
"""

HIDE_FOR_HALF_A_SECOND = """
(name) => {
  const hidden = document.querySelector(`.${name}`);
  hidden.classList.remove(name);
  setTimeout(() => hidden.classList.add(name), 500);
}
"""

CONTRAST = """
(selector) => {
  const numbers = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (colour) => {
    const [r, g, b] = numbers(colour)
      .map((level) => level / 255)
      .map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const text = light(getComputedStyle(document.querySelector(selector)).color);
  const page = light(getComputedStyle(document.querySelector(".stApp")).backgroundColor);
  return { ratio: (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05), page };
}
"""


def test_a_sample_is_answered_when_the_lab_opens(open_lab: Open) -> None:
    page = open_lab()
    shows(page, "Cat")
    assert len(bars(page)) == 5
    page.locator(".lab-input img").wait_for()
    assert page.locator(".lab-planes img").count() == 3


def test_another_sample_by_click(open_lab: Open) -> None:
    page = open_lab()
    before = bars(page)
    page.get_by_role("button", name="Rocket").click()
    shows(page, "Rocket")
    assert bars(page) != before
    assert page.get_by_role("button", name="Rocket").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="Cat").get_attribute("aria-pressed") == "false"


def test_upload_of_photos(open_lab: Open) -> None:
    page = open_lab()
    files = [PHOTOS / "coffee.png", PHOTOS / "rocket.jpg", PHOTOS / "camera.png"]
    page.set_input_files(".st-key-bring input[type=file]", files)
    shows(page, "coffee.png")
    gallery = page.get_by_role("group", name="Your pictures")
    gallery.get_by_role("button").nth(2).wait_for()
    assert all("%" in text for text in gallery.get_by_role("button").all_inner_texts())
    gallery.get_by_role("button", name="camera.png").click()
    shows(page, "camera.png")


def test_paste_of_a_picture(open_lab: Open) -> None:
    page = open_lab()
    # The page listens as soon as it says so; its script arrives after the answer.
    page.get_by_text("paste one with Ctrl+V").wait_for()
    picture = base64.b64encode((PHOTOS / "coffee.png").read_bytes()).decode()
    page.evaluate(PASTE, picture)
    shows(page, "clip.png")
    # A second paste waits for the new uploader that the first one left behind.
    page.evaluate(HIDE_FOR_HALF_A_SECOND, "st-key-bring")
    page.evaluate(PASTE, base64.b64encode((PHOTOS / "camera.png").read_bytes()).decode())
    page.get_by_role("group", name="Your pictures").get_by_role("button").nth(1).wait_for()


def test_a_picture_from_the_camera_and_the_camera_goes_off(open_lab: Open) -> None:
    page = open_lab()
    page.get_by_text("Camera", exact=True).click()
    # A photo taken before the first frame has come would be none.
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 3")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0")
    page.get_by_role("button", name="Take Photo").click()
    page.get_by_role("group", name="Your pictures").wait_for()
    answered(page)
    page.locator("[data-testid=stCameraInput]").wait_for(state="detached")


def test_a_broken_file_is_a_sentence_and_the_page_lives_on(open_lab: Open, tmp_path: Path) -> None:
    page = open_lab()
    broken = tmp_path / "page.jpg"
    broken.write_text("<!doctype html><html></html>")
    page.set_input_files(".st-key-bring input[type=file]", broken)
    page.get_by_text("is a web page (HTML), not a picture").wait_for()
    page.get_by_role("button", name="Coffee").click()
    shows(page, "Coffee")


def test_the_link_shows_the_same_in_a_new_browser(open_lab: Open) -> None:
    page = open_lab()
    page.get_by_role("button", name="Coffee").click()
    shows(page, "Coffee")
    page.get_by_role("radio", name="Top 3").click()
    page.locator(".lab-bars tbody tr").nth(3).wait_for(state="detached")
    page.get_by_role("button", name="Link").click()
    link = page.locator("[data-testid=stPopoverBody] code").inner_text()
    assert "sample=coffee" in link
    again = open_lab(link)
    shows(again, "Coffee")
    assert bars(again) == bars(page)
    from_the_address_bar = open_lab(page.url)
    assert bars(from_the_address_bar) == bars(page)


def test_everything_can_be_reached_by_keyboard(open_lab: Open) -> None:
    page = open_lab()
    wanted = {"Model card", "Link", "Cat", "Rocket", "Upload", "CSV"}
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        text = page.evaluate(
            """() => {
              let at = document.activeElement;
              while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
              return (at?.title || at?.innerText || at?.ariaLabel || "").trim();
            }"""
        )
        reached |= {name for name in wanted if name in text}
        if text == "Rocket":
            page.keyboard.press("Enter")
            shows(page, "Rocket")
    assert reached == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_can_be_read(open_lab: Open, scheme: str) -> None:
    page = open_lab(color_scheme=scheme)
    seen = page.evaluate(CONTRAST, ".lab-bars tbody th")
    assert seen["ratio"] > 7
    assert (seen["page"] > 0.5) == (scheme == "light")


def test_nothing_is_cut_off_on_a_narrow_screen(open_lab: Open) -> None:
    page = open_lab()
    for width in (820, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function("width => innerWidth === width", arg=width)
        overflow = page.evaluate(
            "() => document.querySelector('.stMainBlockContainer').scrollWidth - innerWidth"
        )
        assert overflow <= 0


def test_every_answer_carries_the_security_headers(server: str) -> None:
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        with urllib.request.urlopen(server + path) as answer:
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
