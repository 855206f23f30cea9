from __future__ import annotations

import pytest

from alexnet_core.data.geometry import Box
from alexnet_core.data.transforms import Transform
from alexnet_core.inspection.receptive_field import on_original


@pytest.mark.parametrize("framing", ["crop", "squash", "pad"])
def test_the_scale_is_that_of_boxes_within_the_photo(framing: str) -> None:
    transform = Transform(input_size=64, framing=framing)
    size = (300, 170)
    found = transform.placement(size)
    box = Box(24, 22, 40, 37)
    assert found.onto(box) == pytest.approx(on_original(box, transform, size))
    assert found.back(found.onto(box)) == pytest.approx(box)
