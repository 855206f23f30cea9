"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from alexnet_core import system
from alexnet_core.errors import DiskFullError, HomeError, LabError

_TEMPORARY = ".partial-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file name; on success it is flushed and becomes ``path`` in one step.

    After a failure the temporary file is gone and ``path`` is what it was before.

    Raises:
        DiskFullError: the disk has no room left.
        HomeError: the folder can't be written.
    """
    with _publishing(path) as temporary:
        # Made first, so that it has the rights of any new file whatever then writes into it.
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        if temporary.stat().st_mode != mode:
            temporary.chmod(mode & 0o777)
        _flush(temporary)
        temporary.replace(path)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder; on success it is flushed and becomes ``path`` in one step.

    ``path`` must not exist yet: a published folder is never written again.

    Raises:
        FileExistsError: ``path`` is there already.
        DiskFullError, HomeError: as for `replacing`.
    """
    if path.exists():
        raise FileExistsError(path)
    with _publishing(path) as temporary:
        temporary.mkdir()
        with system.usual_rights(temporary):
            yield temporary
        for child in temporary.rglob("*"):
            _flush(child)
        _flush(temporary)
        temporary.rename(path)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """As `new_folder`, but on success it takes the place of a folder that may stand there.

    Whoever has the older one open goes on with it.

    Raises:
        DiskFullError, HomeError: it can't be written; what stood there stays.
    """
    if not path.exists():
        with new_folder(path) as temporary:
            yield temporary
        return
    newer = path.with_name(f".new-{uuid4().hex}")
    with new_folder(newer) as temporary:
        yield temporary
    older = path.with_name(f".old-{uuid4().hex}")
    try:
        path.rename(older)
        newer.rename(path)
    except OSError as error:
        raise explain(error, path) from error
    shutil.rmtree(older, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what a killed process left half-written directly below ``folder``."""
    for stale in folder.glob(f"{_TEMPORARY}*"):
        _remove(stale)


def explain(error: OSError, path: Path) -> LabError:
    """The lab's own error for a failed write to ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"The disk that holds {path.parent} is full; free some room first.")
    return HomeError(f"{path} can't be written ({error.strerror or error}).")


@contextmanager
def _publishing(path: Path) -> Iterator[Path]:
    temporary = path.parent / f"{_TEMPORARY}{uuid4().hex}-{path.name}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(path.parent)
    except OSError as error:
        raise explain(error, path) from error
    finally:
        _remove(temporary)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    elif path.exists():
        path.unlink()
