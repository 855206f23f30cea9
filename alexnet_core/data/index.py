"""Where each picture of a stored data set lies, and what it is."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alexnet_core.errors import DataError

PACK = "pictures.pack"
_ARRAYS = "index.npz"
_NAMES = "names.json"


@dataclass(frozen=True, slots=True)
class Index:
    """One row a picture, N in all, sorted by path.

    The original bytes of all copied pictures stand one behind the other in one file, the pack:
    60,000 small files would take a minute to write and a disk block each.
    """

    labels: NDArray[np.int64]
    """(N,) places in the card's list of classes."""

    splits: NDArray[np.uint8]
    """(N,) places in `cards.SPLITS`."""

    offsets: NDArray[np.int64]
    """(N,) where the picture begins in the pack; 0 for indexed ones."""

    lengths: NDArray[np.int64]
    """(N,) bytes."""

    modified: NDArray[np.int64]
    """(N,) nanoseconds at which an indexed file was last changed; 0 for copied ones."""

    names: tuple[str, ...]
    """Path within the source."""

    def save(self, folder: Path) -> None:
        """Write it into the folder of a data set."""
        np.savez(
            folder / _ARRAYS,
            labels=self.labels,
            splits=self.splits,
            offsets=self.offsets,
            lengths=self.lengths,
            modified=self.modified,
        )
        (folder / _NAMES).write_text(json.dumps(self.names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing or damaged.
        """
        try:
            # Opened here, because np.load leaves a damaged file open.
            with (folder / _ARRAYS).open("rb") as file:
                arrays: dict[str, Any] = dict(np.load(file, allow_pickle=False))
            names = tuple(json.loads((folder / _NAMES).read_text(encoding="utf-8")))
            return cls(**arrays, names=names)
        except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(
                f"The index of {folder.name} is missing or damaged; import the set again."
            ) from error
