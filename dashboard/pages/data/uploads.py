"""A ZIP from the browser to the disk: ``POST /api/uploads?name=pets.zip``, the file as its body.

Streamlit's own uploader would hold the whole file in memory. Here it is written as it comes; what
is waiting for the disk is bounded, and a transfer that breaks off leaves nothing. The answer is
JSON: ``{"id", "bytes"}`` with status 201, or ``{"error"}``, a sentence.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from alexnet_core import files, home
from alexnet_core.data import images, tasks
from alexnet_core.errors import DataError, DiskFullError, LabError
from alexnet_core.jobs import queue
from dashboard.common import http

PATH = "/api/uploads"

SPARE = 2**30
"""Bytes of the disk that an upload must leave free."""

KEPT_SECONDS = 86_400.0
"""How long a whole ZIP waits for somebody to import it."""

_PORTION = 2**20
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ID = re.compile(r"[A-Za-z0-9_-]{20,40}")
_CLIENT_GONE = 499
_MOST_DIGITS = 18
_LOCK, _PART = "alive.lock", "part"
_LONGEST_STEM = 60
_MOMENT = 10.0

_expected: dict[str, int] = {}
"""Bytes that running transfers have yet to bring."""


def largest() -> int:
    """Bytes that a ZIP may have now: room for itself and for the pictures that come out of it."""
    free = shutil.disk_usage(home.folder("uploads")).free
    return max(0, (free - SPARE - sum(_expected.values())) // 2)


def path_of(upload: str) -> Path | None:
    """The file of an upload that has arrived; None where there is none of that name."""
    if not _ID.fullmatch(upload):
        return None
    return next((home.home() / "uploads" / upload).glob("*.zip"), None)


def discard(upload: str) -> None:
    """Remove an upload that nobody wants any more."""
    path = path_of(upload)
    if path is not None:
        shutil.rmtree(path.parent, ignore_errors=True)


def sweep() -> None:
    """Remove what a killed server left half-written, and ZIPs that nobody came back for."""
    used = {job.task.source.parent for job in queue.under_way(tasks.SourceTask)}
    for folder in (home.home() / "uploads").glob("*"):
        if folder not in used and not _is_wanted(folder):
            shutil.rmtree(folder, ignore_errors=True)


async def receive(request: Request) -> Response:
    """Take a ZIP in."""
    stated = request.headers.get("content-length", "")
    if not (stated.isascii() and stated.isdigit() and len(stated) <= _MOST_DIGITS):
        return http.refusal("The size of the file has to be stated.", 411)
    length = int(stated)
    name = images.safe_name(request.query_params.get("name", "the file"))
    try:
        await run_in_threadpool(_make_room, name, length)
        upload, size = await _written(request, name, length)
    except ClientDisconnect:
        return Response(status_code=_CLIENT_GONE)
    except DiskFullError as error:
        return http.refusal(str(error), 413)
    except DataError as error:
        return http.refusal(str(error), 415)
    except LabError as error:
        return http.refusal(str(error), 507)
    return http.document({"id": upload, "bytes": size}, 201)


ROUTES = [Route(PATH, receive, methods=["POST"])]


async def _written(request: Request, name: str, length: int) -> tuple[str, int]:
    """The new upload's name and size.

    Raises:
        ClientDisconnect: the transfer was broken off.
        DataError: it is no ZIP.
        DiskFullError, HomeError: it can't be written.
    """
    upload = secrets.token_urlsafe(18)
    folder = home.home() / "uploads" / upload
    # Its own name, for the card of the data set and for messages.
    path = folder / f"{Path(name).stem[:_LONGEST_STEM]}.zip"
    whole = False
    _expected[upload] = length
    try:
        folder.mkdir()
        # Held while it is written: whoever sweeps sees that this one lives.
        with FileLock(folder / _LOCK, thread_local=False):
            with (folder / _PART).open("xb") as file:
                size = await _copied(request, file, name, upload)
            (folder / _PART).rename(path)
            whole = True
    except OSError as error:
        raise files.explain(error, path) from error
    finally:
        del _expected[upload]
        if not whole:
            shutil.rmtree(folder, ignore_errors=True)
    return upload, size


async def _copied(request: Request, file: BinaryIO, name: str, upload: str) -> int:
    size, waiting = 0, bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) < min(_PORTION, max(1, _expected[upload])):
            continue
        if not size and not waiting.startswith(_SIGNATURES):
            raise DataError(f"{name} is no ZIP archive.")
        await run_in_threadpool(file.write, waiting)
        size += len(waiting)
        _expected[upload] -= len(waiting)
        waiting = bytearray()
    if not size:
        raise DataError(f"{name} is empty.")
    return size


def _make_room(name: str, length: int) -> None:
    sweep()
    most = largest()
    if length > most:
        raise DiskFullError(
            f"{name} has {length / 1e6:,.0f} MB; the server's disk has room for a ZIP of "
            f"{most / 1e6:,.0f} MB and the pictures in it."
        )


def _is_wanted(folder: Path) -> bool:
    """Whether it is being written, or arrived within a day."""
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    with contextlib.suppress(OSError):
        age = time.time() - folder.stat().st_mtime
        return age < (_MOMENT if not path_of(folder.name) else KEPT_SECONDS)
    return False
