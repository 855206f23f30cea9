from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from alexnet_core import rendering
from alexnet_core.data.transforms import Transform, imagenet


def test_zero_is_the_middle_colour_and_the_ends_are_the_ends() -> None:
    shown = rendering.diverging(np.array([-2.0, 0.0, 2.0, 99.0]), limit=2)
    expected = [bytes.fromhex(rendering.DIVERGING[at][1:]) for at in (0, 5, 10, 10)]
    assert shown.dtype == np.uint8
    assert [bytes(colour) for colour in shown] == expected


def test_the_scale_is_even_on_both_sides() -> None:
    shown = rendering.diverging(np.array([[-1.0, 1.0]]), limit=2).astype(int)
    assert shown.shape == (1, 2, 3)
    below, above = shown[0]
    assert below[2] > below[0]
    assert above[0] > above[2]


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_no_limit_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="limit"):
        rendering.diverging(np.zeros(3), limit)


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        rendering.diverging(np.array([0.0, np.nan]), 1)


def test_normalised_is_what_the_network_gets() -> None:
    transform = imagenet()
    image = Image.effect_noise((300, 260), 90).convert("RGB")
    planes = rendering.normalised(transform.pixels(image), transform)
    np.testing.assert_array_equal(planes, transform(image).numpy())


def test_no_pixel_can_leave_the_normalised_limit() -> None:
    transform = imagenet()
    ends = np.zeros((1, 2, 3), np.uint8)
    ends[0, 1] = 255
    largest = np.abs(rendering.normalised(ends, transform)).max()
    assert largest == pytest.approx(rendering.normalised_limit(transform), rel=1e-6)


@pytest.mark.parametrize(
    ("size", "transform", "expected"),
    [
        ((200, 100), Transform(input_size=32), (0.25, 0, 0.5, 1)),
        ((100, 200), Transform(input_size=32), (0, 0.25, 1, 0.5)),
        ((100, 100), Transform(input_size=224, resize=256), (0.0625, 0.0625, 0.875, 0.875)),
        ((200, 100), Transform(input_size=32, framing="squash"), (0, 0, 1, 1)),
    ],
)
def test_visible_part_is_the_middle(
    size: tuple[int, int], transform: Transform, expected: tuple[float, ...]
) -> None:
    assert rendering.visible_part(size, transform) == pytest.approx(expected)


def test_visible_part_is_where_the_pixels_come_from() -> None:
    image = Image.new("RGB", (120, 60), "black")
    left, top, width, height = rendering.visible_part(image.size, Transform(input_size=30))
    box = (left * 120, top * 60, (left + width) * 120, (top + height) * 60)
    image.paste("white", tuple(round(edge) for edge in box))
    assert Transform(input_size=30).pixels(image)[2:-2, 2:-2].min() == 255
    outside = Image.new("RGB", (120, 60), "white")
    outside.paste("black", tuple(round(edge) for edge in box))
    assert Transform(input_size=30).pixels(outside)[2:-2, 2:-2].max() == 0


def test_enlarge_repeats_each_pixel() -> None:
    small = np.arange(2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 3)
    large = rendering.enlarge(small, 7)
    assert large.shape == (6, 6, 3)
    assert (large[:3, :3] == small[0, 0]).all()
    assert (large[3:, 3:] == small[1, 1]).all()


def test_enlarge_leaves_a_large_picture_as_it_is() -> None:
    assert rendering.enlarge(np.zeros((9, 4, 3), np.uint8), 5).shape == (9, 4, 3)


def test_shrink_keeps_the_shape_and_the_picture() -> None:
    image = Image.new("RGB", (400, 100))
    assert rendering.shrink(image, 100).size == (100, 25)
    assert image.size == (400, 100)
    assert rendering.shrink(image, 400) is image


def test_png_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(rendering.png(pixels))))
    np.testing.assert_array_equal(read, pixels)


def test_jpeg_is_a_jpeg_of_that_size() -> None:
    image = Image.open(io.BytesIO(rendering.jpeg(Image.new("RGB", (8, 6), "red"))))
    assert (image.format, image.size) == ("JPEG", (8, 6))
