from __future__ import annotations

import numpy as np
import pytest
import torch

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
