from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.errors import ConfigError
from alexnet_core.inspection.ablation import painted
from tests.core.explanation.small import photo, small


def test_only_what_is_painted_over_changes() -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    side = len(pixels)
    mask = np.zeros((side, side), dtype=bool)
    mask[2:5, 3:9] = True
    mean = np.round(np.array(model.transform.mean) * 255)
    for fill, colour in (("mean", mean), ("black", np.zeros(3)), ("blur", None)):
        made = painted(model, pixels, mask, fill)
        assert np.array_equal(made[~mask], pixels[~mask])
        if colour is not None:
            assert (made[mask] == colour).all()
        else:
            assert (made[mask] != pixels[mask]).any()


def test_a_coarse_mask_is_spread_evenly() -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    half = len(pixels) // 2
    made = painted(model, pixels, np.array([[True, False], [False, False]]), "black")
    assert (made[:half, :half] == 0).all()
    assert np.array_equal(made[half:], pixels[half:])
    assert np.array_equal(made[:, half:], pixels[:, half:])


@pytest.mark.parametrize("shape", [(0, 4), (4, 999), (4,)])
def test_a_mask_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    model = small("alexnet-cifar")
    with pytest.raises(ConfigError, match="mask"):
        painted(model, photo(model), np.zeros(shape, dtype=bool), "mean")
