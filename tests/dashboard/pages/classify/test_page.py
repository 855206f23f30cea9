from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from dashboard.common import visitor as state
from tests.dashboard.conftest import Open, checked, html, photo, upload


def _truncated_jpeg() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 200), 80).convert("RGB").save(file, "JPEG")
    return file.getvalue()[:2000]


def _huge_png() -> bytes:
    """20,000 x 10,000 pixels in its header, next to nothing in its body."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    empty = chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + empty


def _saved(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(Image.new("RGB", (40, 20), "navy"), "JPEG", exif=exif.tobytes())


BROKEN = {
    "truncated.jpg": (_truncated_jpeg(), "cut off"),
    "page.jpg": (b"<!doctype html><html><body>Not found</body></html>", "web page"),
    "nothing.png": (b"", "is empty"),
    "huge.png": (_huge_png(), "million pixels"),
}

STRANGE = {
    "one.png": _saved(Image.new("RGB", (1, 1), "red"), "PNG"),
    "print.jpg": _saved(Image.new("CMYK", (30, 30), (0, 200, 200, 0)), "JPEG"),
    "deep.png": _saved(Image.new("I;16", (30, 30), 40_000), "PNG"),
    "palette.png": _saved(
        Image.new("RGBA", (30, 30), (255, 0, 0, 90)).convert("P"), "PNG", transparency=0
    ),
    "moving.gif": _saved(
        Image.new("RGB", (30, 30), "red"),
        "GIF",
        save_all=True,
        append_images=[Image.new("RGB", (30, 30), "blue")],
    ),
    "turned.jpg": _turned(),
    "thread.png": _saved(Image.new("RGB", (4000, 2), "red"), "PNG"),
}


def test_opens_with_an_answer_on_a_sample(open_lab: Open) -> None:
    page = open_lab()
    shown = html(page)
    assert 'class="lab-verdict"' in shown
    assert shown.count('class="lab-bar"') == state.DEFAULT_TOP
    assert "Probability" in shown
    assert "Logit" in shown
    assert not page.error
    assert not page.warning


def test_shows_what_the_network_sees_beside_the_original(open_lab: Open) -> None:
    shown = html(open_lab())
    assert "lab-original" in shown
    assert "cut to 32 × 32 pixels" in shown
    assert all(f"{name} after normalisation" in shown for name in ("red", "green", "blue"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_sentence_and_the_page_lives_on(open_lab: Open, name: str) -> None:
    data, expected = BROKEN[name]
    page = upload(open_lab(), (name, data))
    (sentence,) = [error.value for error in page.error]
    assert expected in sentence
    assert "lab-verdict" in html(page)
    page = upload(page, ("good.png", photo()))
    assert not page.error
    assert "good.png" in html(page)


@pytest.mark.parametrize("name", STRANGE)
def test_an_unusual_picture_is_answered(open_lab: Open, name: str) -> None:
    page = upload(open_lab(), (name, STRANGE[name]))
    assert not page.error
    assert f'<img alt="{name}"' in html(page)
    assert "lab-verdict" in html(page)


def test_a_name_can_neither_climb_nor_mark_up(open_lab: Open) -> None:
    page = upload(
        open_lab(),
        ("../../![x](https://example.org/a.png).png", photo("red")),
        ("<img src=x onerror=alert(1)>.png", photo("blue")),
    )
    assert "<img src=x" not in html(page)
    captions = " ".join(caption.value for caption in page.caption)
    assert "![x]" not in captions
    page = upload(page, ("![x](https://example.org/b.png).png", b""))
    assert "![x]" not in page.error[0].value


def test_many_pictures_at_once_and_the_first_is_shown(open_lab: Open) -> None:
    colours = ("red", "green", "blue", "black", "white", "orange", "pink", "gold", "navy", "tan")
    page = upload(open_lab(), *[(f"{name}.png", photo(name)) for name in colours])
    assert not page.error
    assert '<img alt="red.png"' in html(page)
    visitor = page.session_state["visitor"]
    assert {source.title for source in visitor.own.values()} == {f"{n}.png" for n in colours}


def test_good_and_broken_together_keep_the_good(open_lab: Open) -> None:
    page = upload(open_lab(), ("good.png", photo()), ("bad.png", b""), ("page.jpg", b"<html>"))
    assert len(page.error) == 2
    assert '<img alt="good.png"' in html(page)


def test_the_same_picture_twice_is_one(open_lab: Open) -> None:
    page = upload(open_lab(), ("a.png", photo()), ("b.png", photo()))
    assert len(page.session_state["visitor"].own) == 1


def test_another_model_answers_and_goes_into_the_link(open_lab: Open) -> None:
    page = open_lab()
    before = html(page)
    page = checked(page.selectbox(key="model").set_value("random:alexnet-cifar").run())
    assert html(page) != before
    assert page.query_params["model"] == "random:alexnet-cifar"


@pytest.mark.parametrize("top", [3, 10])
def test_top_k_can_be_chosen(open_lab: Open, top: int) -> None:
    page = open_lab()
    page = checked(page.segmented_control(key="top").set_value(top).run())
    assert html(page).count('class="lab-bar"') == top
    assert page.query_params["top"] == str(top)
    assert html(open_lab(top=str(top))) == html(page)


@pytest.mark.parametrize("model", ["bundled:nothing", "random:nothing", "run:missing", "%00", ""])
def test_a_model_that_is_not_there_is_a_sentence_with_a_way_back(
    open_lab: Open, model: str
) -> None:
    page = open_lab(model=model)
    assert page.warning
    (back,) = [button for button in page.button if "ships" in button.label]
    assert "lab-verdict" in html(checked(back.click().run()))


def test_absent_imagenet_offers_the_download(open_lab: Open) -> None:
    page = open_lab(model="imagenet")
    assert page.warning
    assert any("Download" in button.label for button in page.button)


def test_large_type_is_kept_in_the_link(open_lab: Open) -> None:
    page = checked(open_lab().toggle(key="large-type").set_value(True).run())
    assert page.query_params["type"] == "large"
    assert "font-size: 20px" in html(open_lab(type="large"))


def test_the_model_card_says_what_the_model_is(open_lab: Open) -> None:
    page = open_lab(model="random:alexnet-cifar")
    page.session_state["card"] = True
    shown = html(checked(page.run()))
    assert '<th scope="row">Parameters</th>' in shown
    assert "alexnet-cifar" in shown


def test_the_link_says_everything_and_leaves_own_pictures_out(open_lab: Open) -> None:
    page = open_lab(sample="coffee")
    page.session_state["link"] = True
    (link,) = [block.value for block in checked(page.run()).code]
    assert link.endswith("?model=bundled:cifar10&top=5&sample=coffee")
    page = upload(page, ("mine.png", photo()))
    (link,) = [block.value for block in page.code]
    assert link.endswith("?model=bundled:cifar10&top=5")
