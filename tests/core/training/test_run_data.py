from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.data import datasets, split_batches
from alexnet_core.data.augmentation import Augmentation
from alexnet_core.data.batches import MemoryBatches, StreamBatches
from alexnet_core.data.split_batches import load_split
from alexnet_core.data.transforms import Transform
from alexnet_core.training.run_data import first_of_each_class

LABELS = np.repeat([0, 1, 2], [50, 30, 20])


def test_a_limit_takes_the_first_of_each_class():
    rows = first_of_each_class(np.arange(100), LABELS, 2)
    assert rows.tolist() == [0, 1, 50, 51, 80, 81]


@pytest.mark.parametrize(("free", "kind"), [(2**40, MemoryBatches), (1, StreamBatches)])
def test_what_does_not_fit_in_memory_streams_and_gives_the_same(monkeypatch, free, kind):
    dataset = datasets.open("shapes:size=16,train=12,test=10")
    transform = Transform(input_size=12, resize=16)
    monkeypatch.setattr(split_batches.devices, "free_memory", lambda device: free)
    batches = load_split(
        dataset,
        "train",
        transform,
        augmentation=Augmentation(crop_margin=4, flip=True),
        batch_size=4,
        workers=0,
    )
    assert isinstance(batches, kind)
    monkeypatch.setattr(split_batches.devices, "free_memory", lambda device: 2**40)
    expected = load_split(
        dataset,
        "train",
        transform,
        augmentation=Augmentation(crop_margin=4, flip=True),
        batch_size=4,
    )
    for ours, theirs in zip(batches.epoch(1), expected.epoch(1), strict=True):
        assert ours.images.equal(theirs.images)
        assert ours.labels.equal(theirs.labels)
