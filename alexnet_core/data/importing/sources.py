"""Where an import takes its files from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from alexnet_core.data.cards import Rejected
from alexnet_core.errors import DataError


class File(NamedTuple):
    """One file of a source."""

    path: str
    """Below the source, parts joined by ``/``; the first parts give split and class."""

    size: int
    """Bytes."""

    modified: int = 0
    """When it was last changed, in nanoseconds; 0 where that means nothing."""


class Source(Protocol):
    """Files that can be listed and read; reading happens in several threads at once."""

    @property
    def stored(self) -> Literal["copied", "indexed"]:
        """Whether the import copies the pictures or only notes where they are."""

    @property
    def origin(self) -> str:
        """For the card: what was imported."""

    def files(self) -> tuple[list[File], list[Rejected]]:
        """Every file, and those that are not even looked at."""

    def read(self, file: File) -> bytes:
        """The bytes of a file.

        Raises:
            DataError: it can't be read; the import goes on without it.
        """


class FolderSource:
    """A folder of a person's own: its files are read and never changed."""

    stored: Literal["copied", "indexed"] = "indexed"

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.origin = str(self._folder)

    def files(self) -> tuple[list[File], list[Rejected]]:
        """Every file below the folder. Links are left out: they may lead anywhere.

        Raises:
            DataError: a folder can't be listed. Going on would lose a class without a word.
        """
        found, left_out = [], []
        for folder, inner, names in os.walk(self._folder, onerror=_unlisted):
            here = Path(folder)
            for name in [*names, *(name for name in inner if (here / name).is_symlink())]:
                path = (here / name).relative_to(self._folder).as_posix()
                if (here / name).is_symlink():
                    left_out.append(
                        Rejected(name=path, reason=f"{name} is a link to somewhere else.")
                    )
                    continue
                try:
                    state = (here / name).stat()
                except FileNotFoundError:
                    left_out.append(Rejected(name=path, reason=f"{name} is not there any more."))
                    continue
                except OSError as error:
                    # A folder that may be listed but not entered.
                    raise _unreadable(here, error) from error
                found.append(File(path, state.st_size, state.st_mtime_ns))
        return found, left_out

    def read(self, file: File) -> bytes:
        """As `Source.read`."""
        try:
            return (self._folder / file.path).read_bytes()
        except OSError as error:
            raise DataError(f"{file.path} can't be read ({error.strerror or error}).") from error


def _unlisted(error: OSError) -> None:
    raise _unreadable(Path(str(error.filename)), error) from error


def _unreadable(folder: Path, error: OSError) -> DataError:
    return DataError(
        f"The folder {folder} can't be listed ({error.strerror or error}); make it readable, or "
        "move it away if it is not part of the set."
    )
