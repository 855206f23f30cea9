from __future__ import annotations

import numpy as np
from PIL import Image

from alexnet_core import rendering
from alexnet_core.data.geometry import Box
from alexnet_core.inspection import contact_sheets

DARK = (0x2D, 0x00, 0x4B)


def test_every_map_has_its_tile_and_one_scale_serves_all() -> None:
    values = np.zeros((5, 4, 4))
    values[1, 0, 0], values[4, 3, 3] = 2.0, -1.0
    sheet = contact_sheets.maps(values)
    # Three columns and two rows of 64 pixels, the last place empty.
    assert sheet.shape == (2 * 66 + 2, 3 * 66 + 2, 3)
    assert tuple(sheet[0, 0]) == DARK
    assert tuple(sheet[2, 2]) == tuple(rendering.diverging(np.zeros(1), 1)[0])
    assert tuple(sheet[2, 2 + 66]) == tuple(rendering.diverging(np.ones(1), 1)[0])
    assert tuple(sheet[66 + 65, 66 + 65]) == tuple(rendering.diverging(-np.ones(1) / 2, 1)[0])
    assert (sheet[68:, 134:] == DARK).all()


def test_single_values_are_small_tiles_and_silence_is_white() -> None:
    sheet = contact_sheets.maps(np.zeros(4096))
    assert sheet.shape == (64 * 14 + 2, 64 * 14 + 2, 3)
    assert (sheet[2:14, 2:14] == rendering.diverging(np.zeros(1), 1)[0]).all()


def test_a_small_patch_is_enlarged_in_the_middle_of_its_tile() -> None:
    photo = Image.new("RGB", (20, 10))
    photo.putpixel((19, 9), (255, 0, 0))
    tile = contact_sheets.patch(photo, Box(16.4, 8, 20, 10), 32)
    assert tile.shape == (32, 32, 3)
    # Columns 16 to 20, rows 8 to 10: eight times as large, 8 rows of margin.
    assert (tile[:8] == DARK).all()
    assert (tile[16:24, 24:] == (255, 0, 0)).all()
    assert (tile[8:16] == 0).all()


def test_a_large_patch_is_shrunk_and_one_without_area_is_a_pixel() -> None:
    photo = Image.new("RGB", (400, 300), "red")
    tile = contact_sheets.patch(photo, Box(0, 0, 400, 200), 40)
    assert (tile[10:30] == (255, 0, 0)).all()
    assert (tile[:10] == DARK).all()
    assert (contact_sheets.patch(photo, Box(400, 300, 400, 300), 40) == (255, 0, 0)).all()
