"""What was measured of every single picture of a data set, stored beside it.

The card holds sums of these. They are kept because another split has other sums: mean, spread and
fingerprint can then be worked out again without a look at any picture.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alexnet_core import files
from alexnet_core.data.cards import SPLITS
from alexnet_core.errors import DataError

_FILE = "measures.npz"


@dataclass(frozen=True, slots=True)
class Measures:
    """One row a picture, N in all, in the order of the set's index."""

    digests: NDArray[np.uint8]
    """(N, 32) SHA-256 of the file."""

    moments: NDArray[np.float64]
    """(N, 3, 2) mean and mean square of red, green and blue, 0 to 1."""

    sizes: NDArray[np.int64]
    """(N, 2) width and height in pixels."""

    def save(self, folder: Path) -> None:
        """Write them into the folder of a data set.

        Raises:
            DiskFullError, HomeError: they can't be written.
        """
        with files.replacing(folder / _FILE) as temporary, temporary.open("wb") as file:
            np.savez(file, digests=self.digests, moments=self.moments, sizes=self.sizes)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read what `save` wrote; None where nothing was.

        Raises:
            DataError: the file is damaged.
        """
        path = folder / _FILE
        if not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                arrays: dict[str, Any] = dict(np.load(file, allow_pickle=False))
            return cls(**arrays)
        except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} is damaged; delete it, and it is made again.") from error


def facts_of_split(
    measures: Measures, splits: NDArray[np.uint8], labels: NDArray[np.int64], classes: int
) -> dict[str, Any]:
    """The fields of a `cards.DatasetCard` that depend on the split.

    Args:
        measures: of N pictures.
        splits: (N,) places in `cards.SPLITS`.
        labels: (N,) class numbers.
        classes: how many there are.
    """
    # Each picture weighs the same; the variance of all pixels follows from the two means.
    mean, square = measures.moments[splits == 0].mean(axis=0).T
    # A set of black pictures has no spread to divide by.
    std = np.sqrt(np.maximum(square - mean**2, 1e-6))
    counts = {
        split: tuple(np.bincount(labels[splits == place], minlength=classes).tolist())
        for place, split in enumerate(SPLITS)
    }
    return {
        "counts": {split: of for split, of in counts.items() if sum(of)},
        "mean": tuple(mean.round(6).tolist()),
        "std": tuple(std.round(6).tolist()),
        "fingerprint": _fingerprint(measures.digests, splits, labels),
    }


def _fingerprint(
    digests: NDArray[np.uint8], splits: NDArray[np.uint8], labels: NDArray[np.int64]
) -> str:
    places = labels.astype(">u4").view(np.uint8).reshape(-1, 4)
    rows = np.hstack([splits[:, None], places, digests])
    return hashlib.sha256(b"".join(sorted(row.tobytes() for row in rows))).hexdigest()
