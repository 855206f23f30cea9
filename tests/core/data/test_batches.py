from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_core.data import batches
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import MemoryBatches, StreamBatches
from alexnet_core.data.transforms import Transform

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (21, 12, 12, 3), dtype=np.uint8)
LABELS = np.arange(21)
EVERYTHING = Augmentation(
    crop_margin=4, shift=1, flip=True, pca_noise=0.1, brightness=0.2, contrast=0.2, cutout=3
)


def read(number: int) -> np.ndarray:
    return PIXELS[number]


def memory(augmentation: Augmentation = EVERYTHING, **options) -> MemoryBatches:
    size = 12 - augmentation.crop_margin
    chosen = {"transform": Transform(input_size=size), "batch_size": 4, "seed": 3, **options}
    return MemoryBatches(PIXELS, LABELS, augmentation=augmentation, **chosen)


def test_an_epoch_shows_each_picture_once_and_leaves_the_last_small_batch_out():
    batches = memory()
    shown = torch.cat([labels for _, labels in batches.epoch(1)])
    assert len(batches) == 5
    assert shown.unique().numel() == len(shown) == 20


def test_the_same_seed_and_epoch_give_the_same_batches_and_others_differ():
    first, again, later = (list(memory().epoch(number)) for number in (1, 1, 2))
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
    assert not torch.equal(first[0].labels, later[0].labels)
    assert not torch.equal(first[0].labels, next(memory(seed=4).epoch(1)).labels)


def test_an_epoch_can_start_in_the_middle():
    whole, rest = list(memory().epoch(2)), list(memory().epoch(2, start=3))
    assert len(rest) == 2
    assert torch.equal(whole[3].images, rest[0].images)


@pytest.mark.parametrize("workers", [0, 1])
def test_streaming_gives_the_batches_that_memory_gives(workers):
    # The colours are learned from the same pictures, so that noise is the same too.
    streamed = StreamBatches(
        read,
        LABELS,
        workers=workers,
        transform=Transform(input_size=8),
        augmentation=EVERYTHING,
        batch_size=4,
        seed=3,
    )
    for ours, theirs in zip(memory().epoch(1), streamed.epoch(1), strict=True):
        assert torch.allclose(ours.images, theirs.images, atol=1e-5)
        assert torch.equal(ours.labels, theirs.labels)
    ordered = torch.cat([labels for _, labels in streamed.in_order()])
    assert torch.equal(ordered, torch.arange(21))


def test_evaluation_takes_the_centre_of_every_picture_unchanged():
    (batch,) = memory().in_order()
    expected = Transform(input_size=8).normalise(torch.from_numpy(PIXELS[:, 2:10, 2:10]))
    assert torch.equal(batch.images, expected)


def test_rows_choose_a_part_of_the_pixels():
    rows = np.array([5, 7, 9])
    plain = Augmentation()
    batches = MemoryBatches(PIXELS, LABELS[rows], rows, transform=Transform(input_size=12))
    (batch,) = batches.in_order()
    whole = next(memory(plain).in_order())
    assert torch.equal(batch.images, whole.images[rows])
    assert batch.labels.tolist() == [5, 7, 9]


def test_batches_are_channels_last():
    batch = next(memory().epoch(1))
    assert batch.images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("workers", [0, 1])
def test_reading_takes_no_number_from_the_generator_that_dropout_draws_from(workers):
    streamed = StreamBatches(
        read, LABELS, workers=workers, transform=Transform(input_size=12), batch_size=4
    )
    before = torch.get_rng_state()
    assert len(list(streamed.epoch(1))) == 5
    assert sum(len(labels) for _, labels in streamed.in_order()) == 21
    assert torch.equal(torch.get_rng_state(), before)


def test_colour_noise_is_learned_from_a_fair_sample_in_memory_and_streamed(monkeypatch):
    # Class by class, as folders lie: red, then green, then blue, of many brightnesses.
    monkeypatch.setattr(batches, "COLOUR_SAMPLE", 600)
    labels = np.repeat([0, 1, 2], 1000)
    pixels = np.zeros((3000, 4, 4, 3), np.uint8)
    pixels[np.arange(3000), :, :, labels] = np.random.default_rng(0).integers(
        0, 256, (3000, 1, 1), dtype=np.uint8
    )
    options = {
        "transform": Transform(input_size=4),
        "augmentation": Augmentation(pca_noise=0.1),
        "seed": 5,
    }
    kept = MemoryBatches(pixels, labels, **options)
    streamed = StreamBatches(lambda number: pixels[number], labels, workers=0, **options)
    learned = kept.augmenter._components
    assert torch.equal(learned, streamed.augmenter._components)
    # Columns are unit vectors times eigenvalues.
    found = learned.norm(dim=0).sort().values
    whole = torch.from_numpy(pixels.reshape(-1, 3)).double() / 255
    expected = torch.linalg.eigvalsh(torch.cov(whole.T)).float()
    assert torch.allclose(found, expected, rtol=0.15)
    other = MemoryBatches(pixels, labels, **{**options, "seed": 6})
    assert not torch.equal(learned, other.augmenter._components)


def test_a_sample_is_everything_where_there_is_little():
    assert batches.colour_sample(21, seed=3).tolist() == list(range(21))
    sample = batches.colour_sample(50_000, seed=3)
    assert len(sample.unique()) == batches.COLOUR_SAMPLE
    assert torch.equal(sample, batches.colour_sample(50_000, seed=3))
    assert (sample.float().mean() - 25_000).abs() < 1_500
