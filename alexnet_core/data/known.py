"""Published data sets, fetched on request and imported like any other.

The transfer is ours (`fetching`), because torchvision's shows no progress to a page and begins
again after a break. What arrived is unpacked and read by torchvision (`published`).
"""

from __future__ import annotations

import contextlib
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from alexnet_core import files, home
from alexnet_core.data import datasets
from alexnet_core.data.cards import DatasetCard, Rejected
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.images import LIMITS
from alexnet_core.data.importing.importer import Progress, import_source
from alexnet_core.data.importing.sources import File
from alexnet_core.data.published import PUBLISHED, Download, Sample
from alexnet_core.errors import DatasetNotHereError, DownloadError, UnknownNameError
from alexnet_core.fetching import fetch


def download(
    name: str,
    progress: Progress | None = None,
    *,
    on_import: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> DatasetCard:
    """Fetch a published set and import it; one that is here already is left alone.

    What arrived stays in ``downloads/NAME`` of the lab's home until the set is imported, so a
    broken transfer goes on where it stopped, and a file that was put there by hand is used.

    Args:
        name: a name of `catalogue.KNOWN`.
        progress: called with the bytes that are here and the bytes in all (first an estimate).
        on_import: called with the pictures imported and the pictures in all.
        should_stop: asked while it imports; on true the import ends and leaves nothing.

    Raises:
        UnknownNameError: no published set has that name.
        DownloadError: no connection, or damaged; the message says how to do without.
        DiskFullError, HomeError: it can't be written.
    """
    if name not in KNOWN:
        raise UnknownNameError("dataset", name, KNOWN)
    try:
        return datasets.open(name).card
    except DatasetNotHereError:
        pass
    root = home.folder("downloads") / name
    published = PUBLISHED[name]()
    _fetch(published.downloads, root, name, progress)
    _clear(root, {root / below for _, below, _ in published.downloads})
    try:
        source = _Unpacked(f"{KNOWN[name].title}, downloaded", published.samples(root))
    except (RuntimeError, ValueError, EOFError, tarfile.TarError) as error:
        raise DownloadError(
            f"What was downloaded for {name} can't be unpacked; delete {root} and try again."
        ) from error
    except OSError as error:
        raise files.explain(error, root) from error
    card = import_source(
        source,
        name=name,
        percent=(80, 10, 10),
        seed=0,
        image_limits=LIMITS,
        replace=False,
        progress=on_import,
        should_stop=should_stop,
    )
    shutil.rmtree(root, ignore_errors=True)
    return card


def _fetch(downloads: list[Download], root: Path, name: str, progress: Progress | None) -> None:
    before, expected = 0, KNOWN[name].size_mb * 1_000_000

    def report(here: int, _: int) -> None:
        if progress:
            progress(before + here, max(expected, before + here))

    for url, below, md5 in downloads:
        path = root / below
        fetch(
            url,
            path,
            checksum=f"md5:{md5}",
            progress=report,
            by_hand=f"without the internet, put it by hand at {path}, or import a ZIP of class "
            f"folders with `alexnet-lab data import FILE --name {name}`",
        )
        before += path.stat().st_size
    if progress:
        progress(before, before)


def _clear(root: Path, kept: set[Path]) -> None:
    """Remove what an earlier, broken attempt unpacked: torchvision would take it for the whole."""
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_dir():
            with contextlib.suppress(OSError):
                path.rmdir()
        elif path not in kept:
            path.unlink()


class _Unpacked:
    """The pictures of a published set as a `sources.Source`."""

    stored: Literal["copied", "indexed"] = "copied"

    def __init__(self, origin: str, samples: Iterator[Sample]) -> None:
        self.origin = origin
        # A slash in a class name (T-shirt/top) is no folder.
        self._samples = {
            f"{sample.split}/{sample.class_name.replace('/', ' ')}/{number:05}": sample
            for number, sample in enumerate(samples)
        }

    def files(self) -> tuple[list[File], list[Rejected]]:
        """Every picture; sizes are not known before they are read."""
        return [File(path, 0) for path in self._samples], []

    def read(self, file: File) -> bytes:
        """As `sources.Source.read`."""
        return self._samples[file.path].read()
