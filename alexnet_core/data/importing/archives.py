"""A ZIP from anywhere, checked as a whole before any of it is unpacked.

Nothing of an archive is ever written under a name of its own: files are read by their entry, so a
name can't lead out of a folder. Such names are refused all the same, because an archive that tries
is not one to trust.
"""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.data.cards import Rejected
from alexnet_core.data.importing.sources import File
from alexnet_core.errors import ArchiveError, DataError

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)


class ArchiveLimits(Config):
    """What an archive may hold before it is refused unread."""

    max_files: int = Field(2_000_000, ge=1)
    """Most entries."""

    max_bytes: int = Field(500 * 2**30, ge=1)
    """Most bytes once unpacked; ImageNet has 150 GB."""

    max_ratio: int = Field(200, ge=1)
    """Most bytes once unpacked for a byte of the archive. Photographs have a ratio of 1."""


class ZipSource:
    """The files of a ZIP.

    Raises:
        ArchiveError: it is no ZIP, is encrypted or damaged, holds links or names that lead out of
            it, or goes beyond a limit.
    """

    stored: Literal["copied", "indexed"] = "copied"

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        self.origin = str(path.resolve())
        self._name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise ArchiveError(f"{path.name} is no ZIP archive, or a damaged one.") from error
        except OSError as error:
            raise ArchiveError(f"{path.name} can't be read ({error.strerror or error}).") from error
        self._entries: dict[str, zipfile.ZipInfo] = {}
        try:
            self._check(path.stat().st_size, limits)
        except ArchiveError:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def files(self) -> tuple[list[File], list[Rejected]]:
        """Every file of the archive."""
        return [File(path, entry.file_size) for path, entry in self._entries.items()], []

    def read(self, file: File) -> bytes:
        """As `sources.Source.read`; never more bytes than the archive's directory states."""
        try:
            # A bare read() would let an entry that lies about its size grow to gigabytes first.
            with self._zip.open(self._entries[file.path]) as entry:
                return entry.read(file.size)
        except _BROKEN as error:
            raise DataError(f"{file.path} is damaged within the archive.") from error

    def _check(self, size: int, limits: ArchiveLimits) -> None:
        entries = self._zip.infolist()
        if len(entries) > limits.max_files:
            raise self._refused(f"holds {len(entries):,} files; at most {limits.max_files:,} may")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > limits.max_bytes:
            raise self._refused(f"would unpack to {unpacked / 2**30:,.0f} GB, more than is allowed")
        # Against the file on the disk, since entries that overlap can each claim the same bytes.
        if unpacked > limits.max_ratio * size:
            raise self._refused(
                f"would unpack to {unpacked // max(1, size):,} times its size, as a ZIP bomb does"
            )
        for entry in entries:
            # Old Windows programs write backslashes.
            path = entry.filename.replace("\\", "/")
            parts = path.split("/")
            if path.startswith("/") or ".." in parts or parts[0].endswith(":"):
                raise self._refused(f"holds a name that leads out of it ({path!r})")
            if entry.flag_bits & 0x1:
                raise self._refused("is encrypted; unpack it and import the folder")
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise self._refused(f"holds a link or a device ({path!r})")
            if not path.endswith("/"):
                self._entries[path] = entry

    def _refused(self, why: str) -> ArchiveError:
        return ArchiveError(f"{self._name} is refused: it {why}.")
