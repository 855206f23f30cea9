"""A data set that can be read: stored on the disk, or drawn."""

from __future__ import annotations

import hashlib
import io
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_core.data import images, shapes
from alexnet_core.data.cards import SHAPES, SPLITS, DatasetCard, folder_of
from alexnet_core.data.images import Picture
from alexnet_core.data.index import PACK, Index
from alexnet_core.data.shapes import ShapesConfig
from alexnet_core.errors import DataError, UnknownNameError


class Dataset(ABC):
    """Pictures with labels in up to three splits; safe to read from several threads.

    A picture's number counts within its split, from 0 to ``length(split) - 1``. A split without
    pictures has length 0; any other name is refused with an `UnknownNameError`.
    """

    card: DatasetCard

    folder: Path
    """Where it lies, or where what is computed from it may lie."""

    def length(self, split: str) -> int:
        """Pictures in the split."""
        _known(split)
        return self.card.length(split)

    @abstractmethod
    def order(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Of every picture, as they are stored: (N,) its place in `cards.SPLITS`, (N,) label.

        A picture's number counts those of its split in this order.
        """

    @abstractmethod
    def labels(self, split: str) -> NDArray[np.int64]:
        """(N,) places in ``card.classes``."""

    @abstractmethod
    def names(self, split: str) -> tuple[str, ...]:
        """(N,) what each picture's file was called in the source."""

    @abstractmethod
    def raw(self, split: str, number: int) -> bytes:
        """The bytes of a picture's file, as imported.

        Raises:
            DataError: they are not there any more, or not the same.
        """

    def picture(self, split: str, number: int) -> Picture:
        """A picture, decoded.

        Raises:
            DataError, ImageError: it can't be read or decoded any more.
        """
        return images.decode(self.raw(split, number), name=self.names(split)[number])


class StoredDataset(Dataset):
    """A set that was imported."""

    def __init__(self, folder: Path, card: DatasetCard) -> None:
        self.folder, self.card = folder, card
        self.index = Index.load(folder)
        self._rows = [np.flatnonzero(self.index.splits == place) for place in range(len(SPLITS))]
        self._names: dict[str, tuple[str, ...]] = {}
        if card.stored == "copied":
            self._pack = self._open_pack()

    def order(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """As `Dataset.order`."""
        return self.index.splits, self.index.labels

    def labels(self, split: str) -> NDArray[np.int64]:
        """As `Dataset.labels`."""
        return self.index.labels[self._rows[_known(split)]]

    def names(self, split: str) -> tuple[str, ...]:
        """As `Dataset.names`."""
        rows = self._rows[_known(split)]
        if split not in self._names:
            self._names[split] = tuple(self.index.names[row] for row in rows)
        return self._names[split]

    def raw(self, split: str, number: int) -> bytes:
        """As `Dataset.raw`."""
        row = int(self._rows[_known(split)][number])
        if self.card.stored == "copied":
            start = self.index.offsets[row]
            content = self._pack[start : start + self.index.lengths[row]]
            return content.tobytes()
        path = Path(self.card.source) / self.index.names[row]
        try:
            state = path.stat()
            same = (state.st_size, state.st_mtime_ns) == (
                self.index.lengths[row],
                self.index.modified[row],
            )
            if same:
                return path.read_bytes()
        except OSError as error:
            raise DataError(
                f"{path} can't be read ({error.strerror or error}); the data set "
                f"{self.card.name} was indexed where its pictures lay. Import it again."
            ) from error
        raise DataError(
            f"{path} has changed since the data set {self.card.name} was imported; import it again."
        )

    def _open_pack(self) -> NDArray[np.uint8]:
        path = self.folder / PACK
        try:
            pack = np.memmap(path, np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise DataError(f"{path} is missing or empty; import the set again.") from error
        if len(pack) != self.index.lengths.sum():
            raise DataError(f"{path} is not whole; import the set again.")
        return pack


class DrawnDataset(Dataset):
    """The shapes; see `shapes`."""

    # Measured over the 4,000 default pictures; other sizes and seeds differ in the third digit.
    _MEAN = (0.507, 0.504, 0.513)
    _STD = (0.241, 0.242, 0.243)

    def __init__(self, name: str, config: ShapesConfig) -> None:
        self.config = config
        self.folder = folder_of(SHAPES)
        counts = {"train": config.train, "val": config.val, "test": config.test}
        classes = len(shapes.CLASSES)
        self.card = DatasetCard(
            name=name,
            title="Shapes",
            classes=shapes.CLASSES,
            counts={
                split: tuple(len(range(label, count, classes)) for label in range(classes))
                for split, count in counts.items()
                if count
            },
            stored="drawn",
            mean=self._MEAN,
            std=self._STD,
            size_range=(config.size,) * 4,
            fingerprint=hashlib.sha256(f"shapes 1 {config.to_json()}".encode()).hexdigest(),
            split_by="drawn apart",
            source="drawn by the lab",
            licence="Apache-2.0",
            created="when asked for",
        )

    def order(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """As `Dataset.order`: one split behind the other."""
        lengths = [self.length(split) for split in SPLITS]
        labels = np.concatenate([self.labels(split) for split in SPLITS])
        return np.repeat(np.arange(len(SPLITS), dtype=np.uint8), lengths), labels

    def labels(self, split: str) -> NDArray[np.int64]:
        """As `Dataset.labels`; classes take turns."""
        return np.arange(self.length(split)) % len(shapes.CLASSES)

    def names(self, split: str) -> tuple[str, ...]:
        """As `Dataset.names`."""
        return tuple(
            f"{split}/{shapes.CLASSES[label]}/{number:05}.bmp"
            for number, label in enumerate(self.labels(split))
        )

    def raw(self, split: str, number: int) -> bytes:
        """The picture as a BMP, which is written and read three times as fast as a PNG."""
        buffer = io.BytesIO()
        self._draw(split, number).image.save(buffer, "BMP")
        return buffer.getvalue()

    def picture(self, split: str, number: int) -> Picture:
        """A picture, drawn."""
        label = shapes.CLASSES[number % len(shapes.CLASSES)]
        return images.decode(self.raw(split, number), name=f"{label}-{number:05}.bmp")

    def mask(self, split: str, number: int) -> NDArray[np.bool_]:
        """(size, size), true where the object is: the truth that an explanation should find."""
        return self._draw(split, number).mask

    def _draw(self, split: str, number: int) -> shapes.Drawing:
        if not 0 <= number < self.length(split):
            raise IndexError(number)
        return shapes.draw(number, size=self.config.size, seed=self.config.seed, split=split)


def _known(split: str) -> int:
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    return SPLITS.index(split)
