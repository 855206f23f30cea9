from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_core.data.transforms import Transform, imagenet
from alexnet_core.errors import ConfigError


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


@pytest.mark.parametrize("size", [(300, 301), (256, 256), (500, 333), (77, 400), (1, 1), (3, 9)])
def test_imagenet_equals_torchvision_to_the_last_bit(size: tuple[int, int]) -> None:
    from torchvision.models import AlexNet_Weights

    picture = noise(*size)
    theirs = AlexNet_Weights.IMAGENET1K_V1.transforms()(picture)

    assert torch.equal(imagenet()(picture), theirs)


def test_a_batch_of_bytes_gives_the_same_as_one_picture() -> None:
    transform = Transform(input_size=20, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    pictures = [noise(31, 20, seed) for seed in range(3)]
    batch = torch.from_numpy(np.stack([transform.pixels(picture) for picture in pictures]))

    normalised = transform.normalise(batch)

    assert torch.equal(normalised, torch.stack([transform(picture) for picture in pictures]))
    assert normalised.is_contiguous(memory_format=torch.channels_last)
    assert transform.normalise(batch, dtype=torch.bfloat16).dtype == torch.bfloat16


def test_denormalise_undoes_normalise() -> None:
    batch = torch.from_numpy(np.asarray(noise(8, 8)).copy())[None]

    assert torch.equal(imagenet().denormalise(imagenet().normalise(batch)), batch)


def test_crop_keeps_the_middle() -> None:
    picture = Image.new("RGB", (30, 10), "red")
    picture.paste("blue", (10, 0, 20, 10))

    assert set(Transform(input_size=10).fit(picture).get_flattened_data()) == {(0, 0, 255)}


def test_squash_keeps_everything() -> None:
    picture = Image.new("RGB", (30, 10), "red")
    picture.paste("blue", (15, 0, 30, 10))
    square = Transform(input_size=10, framing="squash").fit(picture)

    assert square.size == (10, 10)
    assert square.getpixel((0, 5)) == (255, 0, 0)
    assert square.getpixel((9, 5)) == (0, 0, 255)


def test_pad_adds_borders_in_the_mean_colour() -> None:
    square = Transform(input_size=10, framing="pad", mean=(0, 1, 0)).fit(
        Image.new("RGB", (40, 20), "red")
    )

    assert square.getpixel((5, 1)) == (0, 255, 0)
    assert square.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("framing", ["crop", "squash", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 60_000), (60_000, 1), (32, 32)])
def test_every_shape_becomes_the_square(framing: str, size: tuple[int, int]) -> None:
    transform = Transform(input_size=32, framing=framing)  # type: ignore[arg-type]

    assert transform.pixels(Image.new("RGB", size)).shape == (32, 32, 3)


def test_a_picture_of_the_right_size_is_not_touched() -> None:
    picture = noise(32, 32)

    assert np.array_equal(Transform(input_size=32).pixels(picture), np.asarray(picture))


def test_a_crop_larger_than_the_picture_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"resize is 100; allowed: none, or at least 224"):
        Transform(input_size=224, resize=100)


def test_a_std_of_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match="std"):
        Transform(input_size=8, std=(0, 1, 1))


def test_the_json_of_a_transform_gives_it_back() -> None:
    assert Transform.from_json(imagenet().to_json()) == imagenet()
