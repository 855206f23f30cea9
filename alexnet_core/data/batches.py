"""Batches for training and evaluation, from memory or streamed by worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from alexnet_core.data.augmentation import Augmentation, Augmenter
from alexnet_core.data.parallel import in_order
from alexnet_core.data.transforms import Transform

EVALUATION_BATCH = 500
COLOUR_SAMPLE = 2_000
"""Pictures whose colours the paper's colour noise is learned from."""


def colour_sample(pictures: int, seed: int) -> Tensor:
    """A fair sample of a split, whose pictures often lie class by class.

    Args:
        pictures: of the split.
        seed: the same seed takes the same ones.

    Returns:
        (n,) their numbers in order; all of them up to `COLOUR_SAMPLE`.
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(pictures, generator=generator)[:COLOUR_SAMPLE].sort().values


class Batch(NamedTuple):
    """Normalised pictures (B, 3, S, S) float32, channels last in memory, and labels (B,) int64."""

    images: Tensor
    labels: Tensor


class Batches(Protocol):
    """What the trainer needs of a split."""

    def __len__(self) -> int:
        """Batches in an epoch of training."""

    @property
    def pictures(self) -> int:
        """Pictures in the split."""

    @property
    def labels(self) -> Tensor:
        """The class of each picture, (N,) int64."""

    def epoch(self, number: int, start: int = 0, size: int | None = None) -> Iterator[Batch]:
        """Shuffled and augmented batches of that epoch, from batch ``start`` on.

        Pictures are ``size`` pixels wide, or as wide as the network's input.
        """

    def in_order(self) -> Iterator[Batch]:
        """Every picture once, in order, unchanged."""

    def some(self, numbers: Sequence[int]) -> Batch:
        """These pictures of the split, counted from 0, unchanged."""


class _Split:
    """What both kinds share: the order of an epoch and the way from pixels to a batch."""

    def __init__(
        self,
        labels: np.ndarray[Any, np.dtype[np.int64]],
        *,
        transform: Transform,
        augmentation: Augmentation | None = None,
        batch_size: int = EVALUATION_BATCH,
        seed: int = 0,
        device: torch.device | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self.device = device or torch.device("cpu")
        self._part = part
        self.transform = transform
        self.seed = seed
        classes = torch.from_numpy(np.ascontiguousarray(labels, dtype=np.int64))
        self._labels = classes.to(self.device)
        self.batch_size = min(batch_size, len(labels))
        self.augmenter = Augmenter(augmentation or Augmentation(), transform.input_size, seed)

    def __len__(self) -> int:
        return self.pictures // self.batch_size

    @property
    def pictures(self) -> int:
        """Pictures in the split."""
        return len(self._labels)

    @property
    def labels(self) -> Tensor:
        """The class of each picture, (N,) int64."""
        return self._labels

    def order(self, epoch: int, start: int = 0) -> Tensor:
        """The pictures' numbers in that epoch's order, (batches - start, batch size).

        Where several processes share each batch, only those of this one's part.
        """
        first, step = self._part
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        whole = torch.randperm(self.pictures, generator=generator)
        return whole[: len(self) * self.batch_size].view(len(self), -1)[start:, first::step]

    def _centre(self, pixels: Tensor) -> Tensor:
        size = self.transform.input_size
        top, left = (pixels.shape[1] - size) // 2, (pixels.shape[2] - size) // 2
        return pixels[:, top : top + size, left : left + size]


class MemoryBatches(_Split):
    """A split whose pixels lie in memory, mapped from a file or on the device.

    Args:
        pixels: (M, S + margin, S + margin, 3) uint8, writable or copy-on-write.
        labels: (N,) int64.
        rows: (N,) which of the M pictures make up the split; None for all.
        transform: gives the input size, mean and standard deviation.
        augmentation: what may happen to training pictures; None for nothing.
        batch_size: pictures a training batch; the last, smaller one is left out.
        seed: the same seed gives the same order and the same changes.
        device: where the batches are wanted; the pixels are kept there too.
        part: which share of every training batch is wanted, and how many shares there are.
    """

    def __init__(
        self,
        pixels: np.ndarray[Any, np.dtype[np.uint8]],
        labels: np.ndarray[Any, np.dtype[np.int64]],
        rows: np.ndarray[Any, np.dtype[np.int64]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(labels, **options)
        mapped = torch.from_numpy(pixels)
        chosen = torch.arange(len(pixels)) if rows is None else torch.from_numpy(rows)
        if self.device.type != "cpu":
            # What the split needs moves to the device once; on a CPU the file stays mapped.
            mapped, chosen = mapped[chosen].to(self.device), torch.arange(len(chosen))
        self.pixels = mapped
        self.rows = chosen.to(self.device)
        if self.augmenter.augmentation.pca_noise:
            sample = colour_sample(self.pictures, self.seed).to(self.device)
            self.augmenter.learn_colours(self.pixels[row] for row in self.rows[sample])

    def epoch(self, number: int, start: int = 0, size: int | None = None) -> Iterator[Batch]:
        """Shuffled and augmented batches of that epoch, from batch ``start`` on.

        Pictures are ``size`` pixels wide, or as wide as the network's input.
        """
        draws = self.augmenter.draw(number, self.pictures, self.device)
        for chosen in self.order(number, start).to(self.device):
            rows = self.rows[chosen]
            images = self.augmenter.prepare(self.pixels, rows, draws, chosen, self.transform, size)
            yield Batch(images, self.labels[chosen])

    def in_order(self) -> Iterator[Batch]:
        """Every picture once, in order, its centre, unchanged."""
        for first in range(0, self.pictures, EVALUATION_BATCH):
            part = slice(first, first + EVALUATION_BATCH)
            pixels = self._centre(self.pixels[self.rows[part]])
            yield Batch(self.transform.normalise(pixels), self.labels[part])

    def some(self, numbers: Sequence[int]) -> Batch:
        """These pictures of the split, counted from 0, unchanged."""
        chosen = torch.tensor(numbers, device=self.device)
        pixels = self._centre(self.pixels[self.rows[chosen]])
        return Batch(self.transform.normalise(pixels), self.labels[chosen])


class StreamBatches(_Split):
    """A split too large for memory: worker processes read and resize, the batch is augmented here.

    Args:
        read: a picture's number -> (S + margin, S + margin, 3) uint8; must be picklable.
        labels: (N,) int64.
        workers: reading processes; 0 reads in this one.
        options: as for `MemoryBatches`.
    """

    def __init__(
        self,
        read: Callable[[int], np.ndarray[Any, np.dtype[np.uint8]]],
        labels: np.ndarray[Any, np.dtype[np.int64]],
        *,
        workers: int,
        **options: Any,
    ) -> None:
        super().__init__(labels, **options)
        self._read = read
        self._workers = workers
        if self.augmenter.augmentation.pca_noise:
            sample = colour_sample(self.pictures, self.seed).tolist()
            self.augmenter.learn_colours(
                torch.from_numpy(np.array(pixels)) for pixels in in_order(read, sample)
            )

    def epoch(self, number: int, start: int = 0, size: int | None = None) -> Iterator[Batch]:
        """Shuffled and augmented batches of that epoch, from batch ``start`` on.

        Pictures are ``size`` pixels wide, or as wide as the network's input.
        """
        draws = self.augmenter.draw(number, self.pictures, self.device)
        order = self.order(number, start)
        for pixels, chosen in zip(self._load(order.tolist()), order.to(self.device), strict=True):
            rows = torch.arange(len(pixels), device=self.device)
            images = self.augmenter.prepare(pixels, rows, draws, chosen, self.transform, size)
            yield Batch(images, self.labels[chosen])

    def in_order(self) -> Iterator[Batch]:
        """Every picture once, in order, its centre, unchanged."""
        numbers = range(self.pictures)
        parts = [
            list(numbers[first : first + self.batch_size])
            for first in range(0, self.pictures, self.batch_size)
        ]
        for pixels, part in zip(self._load(parts), parts, strict=True):
            labels = self.labels[part[0] : part[-1] + 1]
            yield Batch(self.transform.normalise(self._centre(pixels)), labels)

    def some(self, numbers: Sequence[int]) -> Batch:
        """These pictures of the split, counted from 0, unchanged."""
        read = torch.from_numpy(np.stack([self._read(number) for number in numbers]))
        pixels = self._centre(read.to(self.device))
        return Batch(self.transform.normalise(pixels), self.labels[list(numbers)])

    def _load(self, parts: list[list[int]]) -> Iterator[Tensor]:
        loader: DataLoader[Tensor] = DataLoader(
            _Reading(self._read),
            batch_sampler=parts,
            num_workers=self._workers,
            # Forked children inherit locks of running threads; spawned ones start clean.
            multiprocessing_context="spawn" if self._workers else None,
            # Else each pass takes a number from the generator that dropout draws from.
            generator=torch.Generator(),
        )
        for pixels in loader:
            yield pixels.to(self.device, non_blocking=True)


class _Reading(Dataset[Tensor]):
    def __init__(self, read: Callable[[int], np.ndarray[Any, np.dtype[np.uint8]]]) -> None:
        self._read = read

    def __getitem__(self, number: int) -> Tensor:
        # A copy: a decoded picture may be read-only, which torch does not take.
        return torch.from_numpy(np.array(self._read(number)))
