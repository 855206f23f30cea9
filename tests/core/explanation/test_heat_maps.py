from __future__ import annotations

import io

import numpy as np
import pytest

from alexnet_core import rendering
from alexnet_core.explanation import heat_maps
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.integrated_gradients import IntegratedOptions
from tests.core.explanation.small import photo, small

HEAT = np.linspace(-1, 3, 100, dtype=np.float32).reshape(10, 10)
PIXELS = np.full((10, 10, 3), 100, dtype=np.uint8)
ORANGE, WHITE, PURPLE = (127, 59, 8), (247, 247, 247), (45, 0, 75)


def test_the_end_of_the_scale_lies_at_the_percentile() -> None:
    assert heat_maps.limit([HEAT], 100) == 3
    end = heat_maps.limit([HEAT], 90)
    assert end == pytest.approx(np.percentile(np.abs(HEAT), 90))
    assert heat_maps.clipped(HEAT, end) == pytest.approx(0.1)
    assert heat_maps.clipped(HEAT, 3) == 0
    shared = heat_maps.limit([HEAT, 10 * HEAT], 90)
    assert shared == pytest.approx(np.percentile(np.abs([HEAT, 10 * HEAT]), 90))
    assert shared > end


def test_a_map_of_one_place_or_none_has_a_scale() -> None:
    lonely = np.zeros((20, 20), np.float32)
    assert heat_maps.limit([lonely]) == 1
    assert (heat_maps.drawn(lonely, heat_maps.limit([lonely])) == WHITE).all()
    lonely[3, 4] = -0.25
    assert heat_maps.limit([lonely]) == 0.25


@pytest.mark.parametrize("percentile", [49.9, 100.1])
def test_another_percentile_is_refused(percentile: float) -> None:
    with pytest.raises(ValueError, match="it must be from 50 to 100"):
        heat_maps.limit([HEAT], percentile)


def test_signed_and_absolute() -> None:
    heat = np.array([[-2, 0, 2, 5]], np.float32)
    signed = heat_maps.drawn(heat, 2)
    assert [tuple(colour) for colour in signed[0].tolist()] == [PURPLE, WHITE, ORANGE, ORANGE]
    sizes = heat_maps.drawn(heat, 2, absolute=True)
    assert [tuple(colour) for colour in sizes[0].tolist()] == [ORANGE, WHITE, ORANGE, ORANGE]


def test_the_picture_shows_through_where_the_map_says_nothing() -> None:
    heat = np.zeros((10, 10), np.float32)
    heat[2, 3], heat[4, 5], heat[6, 7] = 1, -1, 0.25
    seen = heat_maps.overlay(PIXELS, heat, 1, opacity=1)
    assert tuple(seen[0, 0]) == (100, 100, 100)
    assert tuple(seen[2, 3]) == ORANGE
    assert tuple(seen[4, 5]) == PURPLE
    assert tuple(seen[6, 7]) == tuple(round((100 + c) / 2) for c in ORANGE)
    assert np.array_equal(heat_maps.overlay(PIXELS, heat, 1, opacity=0), PIXELS)
    assert tuple(heat_maps.overlay(PIXELS, heat, 1, opacity=1, absolute=True)[4, 5]) == ORANGE
    with pytest.raises(ValueError, match="opacity is 1.5"):
        heat_maps.overlay(PIXELS, heat, 1, opacity=1.5)


def test_a_line_runs_around_what_speaks_for_it_most() -> None:
    heat = np.zeros((10, 10), np.float32)
    heat[2:6, 3:7] = 1
    heat[8, 8] = -5
    seen = heat_maps.contour(PIXELS, heat, 0.2)
    line = (seen == heat_maps.OUTLINE).all(axis=2)
    expected = np.zeros((10, 10), bool)
    expected[2:6, 3:7] = True
    expected[3:5, 4:6] = False
    assert np.array_equal(line, expected)
    assert np.array_equal(heat_maps.contour(PIXELS, -heat * 0, 0.2), PIXELS)
    assert np.array_equal(seen[~line], PIXELS[~line])
    for share in (0, 1):
        with pytest.raises(ValueError, match="share is"):
            heat_maps.contour(PIXELS, heat, share)


def test_pictures_side_by_side() -> None:
    row = heat_maps.beside([PIXELS, PIXELS * 0], gap=3)
    assert row.shape == (10, 23, 3)
    assert (row[:, :10] == 100).all()
    assert (row[:, 10:13] == 255).all()
    assert not row[:, 13:].any()
    assert rendering.png(row).startswith(b"\x89PNG")


def test_the_raw_numbers_as_a_file() -> None:
    model = small("alexnet-cifar")
    options = IntegratedOptions(steps=5)
    found = explain(model, photo(model), "integrated-gradients", options=options)
    with np.load(io.BytesIO(heat_maps.npz(found))) as read:
        assert np.array_equal(read["values"], found.values)
        assert np.array_equal(read["heat"], found.heat)
        assert np.array_equal(read["pixels"], found.pixels)
        assert str(read["method"]) == "integrated-gradients"
        assert IntegratedOptions.from_json(str(read["options"])) == options
        assert str(read["target"]) == found.target.label
        assert float(read["logit"]) == found.logit
