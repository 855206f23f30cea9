"""The usual tutorial's training: a DataLoader over pictures, torchvision transforms, float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from alexnet_core.data.datasets import Dataset


class Pictures(TorchDataset[Any]):
    """One split, decoded and transformed picture by picture, as tutorials do."""

    def __init__(self, dataset: Dataset, split: str, transform: Callable[[Any], Any]) -> None:
        self.dataset, self.split, self.transform = dataset, split, transform
        self.labels = dataset.labels(split)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, number: int) -> tuple[Any, int]:
        picture = self.dataset.picture(self.split, number)
        return self.transform(picture.image), int(self.labels[number])


class Decoded(Pictures):
    """As `Pictures`, but decoded once before: what torchvision's CIFAR10 gives."""

    def __init__(self, dataset: Dataset, split: str, transform: Callable[[Any], Any]) -> None:
        super().__init__(dataset, split, transform)
        self.images = [dataset.picture(split, n).image for n in range(len(self))]

    def __getitem__(self, number: int) -> tuple[Any, int]:
        return self.transform(self.images[number]), int(self.labels[number])


def cifar_transform(dataset: Dataset) -> Callable[[Any], Any]:
    """The crop and flip of the usual CIFAR-10 tutorial."""
    return v2.Compose(
        [
            v2.RandomCrop(32, padding=4),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(dataset.card.mean, dataset.card.std),
        ]
    )


def loader(pictures: Pictures, batch_size: int, workers: int = 2) -> DataLoader[Any]:
    """Shuffled batches from reading processes."""
    return DataLoader(
        pictures,
        batch_size=batch_size,
        shuffle=True,
        num_workers=workers,
        drop_last=True,
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


def step(
    network: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor
) -> None:
    """One training step as tutorials write it, the running loss read out each time."""
    device = next(network.parameters()).device
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images.to(device)), labels.to(device))
    loss.backward()
    optimizer.step()
    loss.item()
