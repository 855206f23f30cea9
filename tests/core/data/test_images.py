from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_core.data import images
from alexnet_core.data.images import ImageLimits, decode, read, safe_name
from alexnet_core.errors import (
    ImageError,
    ImageTooLargeError,
    TruncatedImageError,
    UnsupportedImageError,
)


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def photo(width: int = 60, height: int = 40) -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format_", images.FORMATS)
def test_every_allowed_format_becomes_rgb(format_: str) -> None:
    data = encoded(photo(), format_)
    picture = decode(data, name="a.png")

    assert picture.image.mode == "RGB"
    assert picture.image.size == picture.original_size == (60, 40)
    assert picture.format == format_
    assert picture.sha256 == hashlib.sha256(data).hexdigest()


def test_a_plain_picture_keeps_its_pixels_and_has_no_notes() -> None:
    picture = decode(encoded(photo(), "PNG"))

    assert np.array_equal(np.asarray(picture.image), np.asarray(photo()))
    assert picture.notes == ()


@pytest.mark.parametrize("format_", ["PPM", "ICO", "TGA", "EPS"])
def test_a_format_off_the_list_is_refused(format_: str) -> None:
    with pytest.raises(UnsupportedImageError):
        decode(encoded(photo(), format_))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_truncated_file_is_named_as_such(format_: str, kept: float) -> None:
    data = encoded(photo(200, 200), format_)

    with pytest.raises(TruncatedImageError, match=r"^holiday\.jpg is cut off: the \w+ ends too"):
        decode(data[: int(len(data) * kept)], name="holiday.jpg")


def test_a_jpeg_cut_within_its_header_is_truncated() -> None:
    with pytest.raises(TruncatedImageError):
        decode(encoded(photo(), "JPEG")[:30])


def test_a_picture_whose_middle_is_garbage_gives_one_sentence() -> None:
    data = bytearray(encoded(photo(200, 200), "PNG"))
    data[100:4000] = bytes(3900)

    with pytest.raises(ImageError) as caught:
        decode(bytes(data), name="x.png")
    assert str(caught.value).count(".") == 2
    assert "\n" not in str(caught.value)


def test_html_named_jpg_is_called_a_web_page() -> None:
    with pytest.raises(UnsupportedImageError, match=r"^cat\.jpg is a web page \(HTML\), not a"):
        decode(b"<!DOCTYPE html><html><body>404</body></html>", name="cat.jpg")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<?xml version="1.0"?><svg></svg>', "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"hello", "some other kind of file"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, said: str) -> None:
    with pytest.raises(UnsupportedImageError, match=said):
        decode(data)


def test_no_bytes_are_an_empty_file() -> None:
    with pytest.raises(ImageError, match=r"^a\.jpg is empty\.$"):
        decode(b"", name="a.jpg")


def test_200_megapixels_are_refused_before_decoding() -> None:
    with pytest.raises(ImageTooLargeError, match="more than 64 million pixels"):
        decode(png_header(20_000, 10_000))


def test_70_megapixels_are_refused_below_pillows_own_limit() -> None:
    with pytest.raises(ImageTooLargeError, match="more than 64 million pixels"):
        decode(png_header(10_000, 7_000))


def test_too_many_bytes_are_refused_before_decoding(tmp_path: Path) -> None:
    limits = ImageLimits(max_bytes=2**20)
    (tmp_path / "big.jpg").write_bytes(bytes(2**20 + 1))

    with pytest.raises(ImageTooLargeError, match=r"big\.jpg has more than 1 MB"):
        read(tmp_path / "big.jpg", limits)


def test_one_pixel_is_a_picture() -> None:
    assert decode(encoded(Image.new("RGB", (1, 1), "red"), "PNG")).image.getpixel((0, 0)) == (
        255,
        0,
        0,
    )


def test_cmyk_becomes_rgb() -> None:
    picture = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))
    red, green, blue = picture.image.getpixel((4, 4))

    assert red > 200
    assert max(green, blue) < 60
    assert picture.notes == ("CMYK converted to RGB",)


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_16_bits_are_scaled_not_clipped(format_: str) -> None:
    levels = np.linspace(0, 65_535, 256).astype(np.uint16).reshape(16, 16)
    picture = decode(encoded(Image.fromarray(levels), format_))

    assert np.asarray(picture.image)[..., 0].ravel().tolist() == list(range(256))
    assert picture.notes == ("16 or 32 bits scaled to 8",)


@pytest.mark.parametrize(
    ("dtype", "top"), [(np.float32, 1.0), (np.float32, 9e4), (np.int32, 10**6)]
)
def test_32_bits_are_scaled_not_clipped(dtype: type, top: float) -> None:
    levels = np.linspace(0, top, 256).astype(dtype).reshape(16, 16)
    shown = np.asarray(decode(encoded(Image.fromarray(levels), "TIFF")).image)

    assert shown.min() == 0
    assert shown.max() == 255
    assert len(np.unique(shown)) > 200


def test_a_float_picture_with_nan_decodes() -> None:
    levels = np.full((4, 4), np.nan, np.float32)

    assert decode(encoded(Image.fromarray(levels), "TIFF")).image.size == (4, 4)


def test_grey_becomes_rgb() -> None:
    picture = decode(encoded(Image.new("L", (2, 2), 77), "PNG"))

    assert picture.image.getpixel((0, 0)) == (77, 77, 77)


def test_transparent_parts_are_laid_on_white() -> None:
    clear = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    clear.putpixel((0, 0), (255, 0, 0, 255))
    picture = decode(encoded(clear, "PNG"))

    assert list(picture.image.get_flattened_data()) == [(255, 0, 0), (255, 255, 255)]
    assert picture.notes == ("transparent parts laid on white",)


def test_a_palette_with_alpha_is_laid_on_white() -> None:
    paletted = Image.new("P", (2, 1))
    paletted.putpalette([0, 0, 255, 9, 9, 9])
    paletted.putpixel((1, 0), 1)
    picture = decode(encoded(paletted, "PNG", transparency=bytes([255, 0])))

    assert list(picture.image.get_flattened_data()) == [(0, 0, 255), (255, 255, 255)]


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    picture = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))

    assert picture.image.getpixel((0, 0)) == (255, 0, 0)
    assert "first frame of an animation" in picture.notes


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_turns_the_picture_upright(format_: str) -> None:
    sideways = Image.new("RGB", (40, 20), "blue")
    sideways.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held with its right side down
    picture = decode(encoded(sideways, format_, exif=exif))

    assert picture.image.size == (20, 40)
    red, _, blue = picture.image.getpixel((10, 5))
    assert red > 200 > blue


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x.png", "x.png"),
        ("..\\..\\x.png", "x.png"),
        ("/etc/passwd", "passwd"),
        ("a\x00\x1b[31m\n.png", "a[31m.png"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("..", "picture"),
        ("", "picture"),
        ("Käse und Brot.jpg", "Käse und Brot.jpg"),
        ("x" * 500 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_a_name_is_made_safe_to_show(given: str, shown: str) -> None:
    assert safe_name(given) == shown
    assert decode(encoded(photo(), "PNG"), name=given).name == shown


def test_a_missing_file_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"^gone\.png can't be read \(No such file"):
        read(tmp_path / "gone.png")


def test_random_damage_never_raises_anything_else() -> None:
    rng = np.random.default_rng(5)
    for format_ in images.FORMATS:
        whole = np.frombuffer(encoded(photo(), format_), np.uint8)
        for _ in range(60):
            data = whole.copy()
            data[rng.integers(0, min(len(data), 400), 8)] = rng.integers(0, 256, 8)
            with contextlib.suppress(ImageError):
                decode(data.tobytes())


def test_one_table_says_what_is_read() -> None:
    assert images.FORMATS == ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
    assert images.TITLES == "JPEG, PNG, WebP, BMP, GIF or TIFF"
    for format_ in images.TABLE:
        assert encoded(photo(), format_.name).startswith(format_.magic)
    assert {Image.registered_extensions()[f".{suffix}"] for suffix in images.SUFFIXES} == set(
        images.FORMATS
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [*((f"cat/1.{suffix}", True) for suffix in images.SUFFIXES)]
    + [("cat/1.JPG", True), ("cat/1", True), ("cat/notes.txt", False), ("cat/1.mp4", False)],
)
def test_a_name_may_say_that_it_is_no_picture(path: str, expected: bool) -> None:
    assert images.may_be_picture(path) is expected
