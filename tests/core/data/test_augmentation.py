from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_core.data.augmentation import WIDEST, Augmentation, Augmenter
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError

CPU = torch.device("cpu")
COUNT = 64


@pytest.fixture
def pixels() -> torch.Tensor:
    random = np.random.default_rng(1)
    return torch.from_numpy(random.integers(0, 256, (COUNT, 10, 10, 3), dtype=np.uint8))


def moved(pixels: torch.Tensor, size: int, **fields) -> torch.Tensor:
    augmenter = Augmenter(Augmentation(**fields), size, seed=0)
    every = torch.arange(COUNT)
    return augmenter.move(pixels, every, augmenter.draw(1, COUNT, CPU), every)


def recoloured(images: torch.Tensor, **fields) -> torch.Tensor:
    augmenter = Augmenter(Augmentation(**fields), images.shape[-1], seed=0)
    every = torch.arange(COUNT)
    draws = augmenter.draw(1, COUNT, CPU)
    return augmenter.recolour(images.clone(), draws, every, torch.ones(1, 3, 1, 1))


def test_nothing_wanted_changes_nothing(pixels):
    assert torch.equal(moved(pixels, 10), pixels)
    images = torch.randn(COUNT, 3, 8, 8)
    assert torch.equal(recoloured(images), images)


def test_flipping_mirrors_about_half_of_the_pictures(pixels):
    result = moved(pixels, 10, flip=True)
    flipped = [torch.equal(one, other.flip(1)) for one, other in zip(result, pixels, strict=True)]
    same = [torch.equal(one, other) for one, other in zip(result, pixels, strict=True)]
    assert all(f != s for f, s in zip(flipped, same, strict=True))
    assert COUNT / 4 < sum(flipped) < COUNT * 3 / 4


def test_a_shift_moves_and_mirrors_the_border(pixels):
    padded = np.pad(pixels.numpy(), ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    windows = {
        (top, left): torch.from_numpy(padded[:, top : top + 10, left : left + 10])
        for top in range(5)
        for left in range(5)
    }
    used = set()
    for number, picture in enumerate(moved(pixels, 10, shift=2)):
        (found,) = (at for at, window in windows.items() if torch.equal(picture, window[number]))
        used.add(found)
    assert len(used) > 12


def test_a_crop_is_a_window_of_the_picture(pixels):
    used = set()
    for number, picture in enumerate(moved(pixels, 7, crop_margin=3)):
        (found,) = (
            (top, left)
            for top in range(4)
            for left in range(4)
            if torch.equal(picture, pixels[number, top : top + 7, left : left + 7])
        )
        used.add(found)
    assert len(used) > 8


def test_cutout_sets_one_square_to_the_mean():
    cut = recoloured(torch.ones(COUNT, 3, 16, 16), cutout=4)
    areas = (cut[:, 0] == 0).sum((1, 2))
    assert areas.max() == 16
    assert areas.min() > 0
    assert torch.equal(cut[:, 0], cut[:, 2])


def test_brightness_scales_and_contrast_keeps_the_mean():
    images = torch.rand(COUNT, 3, 8, 8) + 1
    ratio = recoloured(images, brightness=0.3) / images
    assert torch.allclose(ratio, ratio[:, :1, :1, :1])
    assert 0.7 <= ratio.min() < ratio.max() <= 1.3
    stretched = recoloured(images, contrast=0.3)
    assert torch.allclose(stretched.mean((1, 2, 3)), images.mean((1, 2, 3)), atol=1e-5)
    assert not torch.allclose(stretched, images)


def test_colour_noise_follows_the_principal_components_of_the_set():
    # Colours that vary along one line only can only be moved along it (2012, section 4.1).
    along = torch.tensor([2.0, 1.0, 0.5])
    levels = torch.linspace(0, 100, COUNT * 16).view(COUNT, 4, 4, 1)
    pixels = (levels * along).to(torch.uint8)
    augmenter = Augmenter(Augmentation(pca_noise=0.5), 4, seed=0)
    augmenter.learn_colours(pixels)
    every = torch.arange(COUNT)
    images = torch.zeros(COUNT, 3, 4, 4)
    draws = augmenter.draw(1, COUNT, CPU)
    augmenter.recolour(images, draws, every, torch.ones(1, 3, 1, 1))
    noise = images[:, :, 0, 0]
    assert torch.equal(images, noise[:, :, None, None].expand_as(images))
    direction = along / along.norm()
    across = noise - (noise @ direction)[:, None] * direction
    assert across.norm() < 0.02 * noise.norm()
    colours = pixels.reshape(-1, 3).double() / 255
    eigenvalue = torch.linalg.eigvalsh(torch.cov(colours.T))[-1]
    assert (noise @ direction).std() == pytest.approx(0.5 * eigenvalue.item(), rel=0.35)


def test_an_impossible_amount_is_refused():
    with pytest.raises(ConfigError, match="pca_noise is 2"):
        Augmentation(pca_noise=2)


def test_random_windows_keep_their_share_inside_the_picture():
    augmenter = Augmenter(Augmentation(smallest_crop=0.25), 10, seed=0)
    top, left, height, width = augmenter.draw(1, 5_000, CPU).window.unbind(1)
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + height).max() <= 1 + 1e-6
    assert (left + width).max() <= 1 + 1e-6
    area, ratio = height * width, height / width
    assert area.min() > 0.249
    assert area.min() < 0.27
    assert area.max() > 0.9
    assert ratio.min() * 1.0001 >= 1 / WIDEST
    assert ratio.max() <= WIDEST * 1.0001
    assert ratio.log().mean() == pytest.approx(0, abs=0.02)


def test_the_whole_picture_at_its_own_size_is_unchanged(pixels):
    augmenter = Augmenter(Augmentation(), 10, seed=0)
    every = torch.arange(COUNT)
    images = torch.randn(COUNT, 3, 10, 10)
    same = augmenter.resize(images, augmenter.draw(1, COUNT, CPU), every, 10)
    assert torch.allclose(same, images, atol=1e-6)
    assert same.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", [6, 10, 17])
def test_resizing_is_pillows_bilinear_filter(size):
    smooth = torch.nn.functional.avg_pool2d(torch.rand(1, 1, 40, 40), 9, stride=1)[..., :32, :32]
    augmenter = Augmenter(Augmentation(), 32, seed=0)
    draws = augmenter.draw(1, 1, CPU)
    ours = augmenter.resize(smooth.expand(1, 3, 32, 32), draws, torch.tensor([0]), size)
    theirs = Image.fromarray(smooth[0, 0].numpy()).resize((size, size), Image.Resampling.BILINEAR)
    assert np.allclose(ours[0, 0].numpy(), np.asarray(theirs), atol=1e-5)


def test_a_window_is_cut_out_and_mirrored():
    augmenter = Augmenter(Augmentation(smallest_crop=0.3, flip=True), 16, seed=0)
    draws = augmenter.draw(1, COUNT, CPU)
    every = torch.arange(COUNT)
    # Each pixel's value is its own place, so that the result tells where it was read.
    place = torch.arange(32.0) + 0.5
    down, across = torch.meshgrid(place, place, indexing="ij")
    seen = augmenter.resize(
        torch.stack([down, across, down]).expand(COUNT, 3, 32, 32), draws, every, 16
    )
    top, left, height, width = (draws.window * 32).unbind(1)
    middle = seen[:, :, 7:9, 7:9].mean((2, 3))
    assert torch.allclose(middle[:, 0], top + height / 2, atol=0.3)
    assert torch.allclose(middle[:, 1], left + width / 2, atol=0.3)
    backwards = seen[:, 1, 8, 0] > seen[:, 1, 8, 15]
    assert torch.equal(backwards, draws.flip)


def test_a_batch_is_prepared_at_any_size_from_seed_epoch_and_picture_alone(pixels):
    transform = Transform(input_size=10)
    every = torch.arange(COUNT)

    def made(size, rows=every, epoch=1):
        augmenter = Augmenter(Augmentation(smallest_crop=0.5, flip=True), 10, seed=0)
        draws = augmenter.draw(epoch, COUNT, CPU)
        return augmenter.prepare(pixels, rows, draws, rows, transform, size)

    assert made(7).shape == (COUNT, 3, 7, 7)
    assert made(None).shape == (COUNT, 3, 10, 10)
    assert torch.equal(made(7), made(7))
    assert torch.allclose(made(7)[5:9], made(7, every[5:9]), atol=1e-6)
    assert not torch.equal(made(7), made(7, epoch=2))


def test_windows_and_shifts_exclude_each_other():
    with pytest.raises(ConfigError, match=r"smallest_crop is 0.5; allowed: 1 where shift"):
        Augmentation(smallest_crop=0.5, shift=2)
