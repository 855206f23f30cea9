from __future__ import annotations

import pytest

from alexnet_core.data.transforms import Transform
from alexnet_core.inspection.map_placement import placement, scale
from alexnet_core.inspection.receptive_field import Box, field, on_original
from alexnet_core.models import variants


@pytest.mark.parametrize("name", variants.names())
def test_a_value_lies_in_the_middle_of_what_it_sees(name: str) -> None:
    """Wherever a field is not cut off at an edge, its middle is the value's place."""
    config = variants.get(name).config
    side, checked = config.input_size, 0
    for spec in config.layers():
        if len(spec.out_shape) == 1:
            assert placement(config, spec.name).cover() == (0, side)
            continue
        place = placement(config, spec.name)
        assert place.side == spec.out_shape[1]
        for row in range(place.side):
            seen = field(config, spec.name, row, 0)
            if seen.top > 0 and seen.bottom < side:
                middle = (seen.top + seen.bottom) / 2
                assert place.first + row * place.step == pytest.approx(middle)
                checked += 1
    assert checked > 20


@pytest.mark.parametrize("framing", ["crop", "squash", "pad"])
def test_the_scale_is_that_of_boxes_within_the_photo(framing: str) -> None:
    transform = Transform(input_size=64, framing=framing)
    size = (300, 170)
    found = scale(transform, size)
    box = Box(24, 22, 40, 37)
    assert found.onto(box) == pytest.approx(on_original(box, transform, size))
    assert found.back(found.onto(box)) == pytest.approx(box)
