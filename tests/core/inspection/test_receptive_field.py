from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_core.data.geometry import Box
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, ConfigError, UnknownNameError
from alexnet_core.inspection.receptive_field import (
    effective,
    field,
    map_placement,
    on_original,
)
from alexnet_core.models import variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel


def narrow(name: str) -> AlexNetConfig:
    """A variant with its own geometry and next to no channels."""
    hidden = (2,) * len(variants.get(name).config.hidden_sizes)
    return variants.get(name, conv_channels=(4, 4, 4, 4, 4), hidden_sizes=hidden).config


def loaded(config: AlexNetConfig) -> LoadedModel:
    return LoadedModel(
        reference="random:test",
        network=build(config, 0).eval(),
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=tuple(map(str, range(config.num_classes))),
        card=None,
    )


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("name", variants.names())
def test_a_field_is_what_a_mark_in_the_picture_reaches(name: str, across: bool) -> None:
    """NaN spreads to every value that depends on it, so lines of NaN show each field's edges."""
    config = narrow(name)
    side = config.input_size
    network = build(config, 0).eval().double()
    marks = sorted({0, 1, 2, side - 2, side - 1, *range(3, side, max(1, side // 12))})
    pictures = torch.zeros(len(marks), 3, side, side, dtype=torch.float64)
    for picture, mark in zip(pictures, marks, strict=True):
        picture.select(2 if across else 1, mark).fill_(math.nan)
    values, checked = pictures, 0
    with torch.inference_mode():
        for layer, module in network.named_children():
            values = module(values)
            maps = values if values.dim() == 4 else values[:, None, None]
            flat = values.dim() == 2
            reached = maps.isnan().any(dim=(1, 2 if across or flat else 3))
            for place in range(1 if flat else reached.shape[1]):
                box = field(config, layer, *((0, place) if across else (place, 0)))
                low, high = (box.left, box.right) if across else (box.top, box.bottom)
                hit = reached.any(1) if flat else reached[:, place]
                assert hit.tolist() == [low <= mark < high for mark in marks], (layer, place)
                checked += 1
    assert checked > 50


def test_a_place_outside_the_layer_is_refused() -> None:
    config = narrow("alexnet-cifar")
    with pytest.raises(UnknownNameError, match="layer is 'conv9'"):
        field(config, "conv9")
    with pytest.raises(ConfigError, match="row is 32; allowed: 0 to 31, as conv1 has"):
        field(config, "conv1", 32, 0)
    with pytest.raises(ConfigError, match="column is 1; allowed: 0 to 0"):
        field(config, "fc6", 0, 1)


@pytest.mark.parametrize(
    ("size", "transform"),
    [
        ((41, 40), Transform(input_size=32, resize=40)),
        ((40, 47), Transform(input_size=32, resize=40)),
        ((33, 32), Transform(input_size=32)),
        ((301, 32), Transform(input_size=32)),
        ((32, 555), Transform(input_size=32)),
        ((32, 21), Transform(input_size=32, framing="pad")),
        ((18, 32), Transform(input_size=32, framing="pad")),
        ((32, 32), Transform(input_size=32, framing="squash")),
    ],
)
def test_where_nothing_is_resized_every_pixel_is_found_again(
    size: tuple[int, int], transform: Transform
) -> None:
    random = np.random.default_rng(0)
    original = random.integers(0, 256, (size[1], size[0], 3), np.uint8)
    seen = transform.pixels(Image.fromarray(original))
    found = 0
    for row in range(32):
        for column in range(32):
            box = on_original(Box(column, row, column + 1, row + 1), transform, size)
            if box.right > box.left and box.bottom > box.top:
                assert (box.right - box.left, box.bottom - box.top) == (1, 1)
                pixel = original[int(box.top), int(box.left)]
                assert pixel.tolist() == seen[row, column].tolist()
                found += 1
    assert found == min(32, size[0]) * min(32, size[1])


@pytest.mark.parametrize("framing", ["crop", "squash", "pad"])
@pytest.mark.parametrize("size", [(200, 120), (150, 333), (480, 400), (1999, 160)])
def test_what_is_marked_on_the_photo_is_bright_where_the_box_was(
    size: tuple[int, int], framing: str
) -> None:
    transform = Transform(input_size=64, framing=framing, resize=80 if framing == "crop" else None)
    box = Box(26, 31, 36, 33)
    on_photo = on_original(box, transform, size)
    left, top, right, bottom = (round(edge) for edge in on_photo)
    photo = np.zeros((size[1], size[0], 3), np.uint8)
    photo[top:bottom, left:right] = 255
    black = transform.pixels(Image.fromarray(np.zeros_like(photo)))[..., 0].astype(float)
    seen = transform.pixels(Image.fromarray(photo))[..., 0] - black
    # Weighed with its brightness the middle stays where it was.
    rows, columns = np.mgrid[:64, :64] + 0.5
    assert (columns * seen).sum() / seen.sum() == pytest.approx(31, abs=0.3)
    assert (rows * seen).sum() / seen.sum() == pytest.approx(32, abs=0.3)
    pixel = (36 - 26) / (on_photo.right - on_photo.left)
    line = (33 - 31) / (on_photo.bottom - on_photo.top)
    area = (right - left) * pixel * (bottom - top) * line
    assert seen.sum() / 255 == pytest.approx(area, rel=0.05)


def test_a_border_that_was_added_has_no_area() -> None:
    transform = Transform(input_size=32, framing="pad")
    box = on_original(Box(0, 0, 4, 4), transform, (64, 32))
    assert (box.top, box.bottom) == (0, 0)


def test_the_gradient_stays_within_the_field_and_touches_nothing() -> None:
    model = loaded(narrow("alexnet-cifar"))
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    found = effective(model, pixels, "conv3", 1, 2, 4)
    assert (found.shape, found.dtype) == ((32, 32), np.float32)
    box = field(model.config, "conv3", 2, 4)
    inside = found[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    assert (inside > 0).any()
    assert inside.sum() == found.sum()
    assert all(weights.grad is None for weights in model.network.parameters())
    assert model.lock.acquire(blocking=False)


def test_the_gradient_is_how_much_the_value_moves() -> None:
    model = loaded(narrow("alexnet-cifar"))
    model.network.double()
    normalise = model.transform.normalise
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    layer = model.network.get_submodule("conv1")
    batch = normalise(torch.from_numpy(pixels)[None]).double()
    moved = batch.repeat(3, 1, 1, 1)
    for colour in range(3):
        moved[colour, colour, 5, 6] += 1e-3
    with torch.inference_mode():
        slopes = (layer(moved) - layer(batch))[:, 3, 4, 7].abs() / 1e-3
    model.network.float()
    found = effective(model, pixels, "conv1", 3, 4, 7)
    assert found[5, 6] == pytest.approx(float(slopes.mean()), rel=1e-3)


def test_a_gradient_without_a_number_is_a_sentence() -> None:
    model = loaded(narrow("alexnet-cifar"))
    with torch.no_grad():
        next(model.network.parameters()).fill_(math.nan)
    pixels = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(CheckpointError, match="gradient of conv2 in random:test is NaN"):
        effective(model, pixels, "conv2", 0, 0, 0)
    with pytest.raises(ConfigError, match="channel is 4"):
        effective(model, pixels, "conv2", 4, 0, 0)


@pytest.mark.parametrize("name", variants.names())
def test_a_value_lies_in_the_middle_of_what_it_sees(name: str) -> None:
    """Wherever a field is not cut off at an edge, its middle is the value's place."""
    config = variants.get(name).config
    side, checked = config.input_size, 0
    for spec in config.layers():
        if len(spec.out_shape) == 1:
            assert map_placement(config, spec.name).cover() == (0, side)
            continue
        place = map_placement(config, spec.name)
        assert place.side == spec.out_shape[1]
        for row in range(place.side):
            seen = field(config, spec.name, row, 0)
            if seen.top > 0 and seen.bottom < side:
                middle = (seen.top + seen.bottom) / 2
                assert place.first + row * place.step == pytest.approx(middle)
                checked += 1
    assert checked > 20
