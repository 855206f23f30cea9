"""Files from the internet: with progress, resumed after a break, checked before use."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from alexnet_core.errors import DownloadError
from alexnet_core.files import explain

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes of the whole (0 while unknown)."""

ATTEMPTS = 3
_SECONDS_OF_SILENCE = 30.0
_CHUNK = 1 << 18


def fetch(
    url: str,
    path: Path,
    *,
    checksum: str,
    progress: Progress | None = None,
    by_hand: str = "",
) -> Path:
    """Bring one file, or do nothing when it is here already and whole.

    A broken transfer goes on where it stopped, within this call and after the next start, because
    the part that arrived stays beside the target as ``NAME.part``. A damaged one is thrown away.

    Args:
        url: an http or https address.
        path: where the file goes.
        checksum: ``md5:HEX`` or ``sha256:HEX``; HEX may be the first digits only, as torchvision
            has them in the names of its weights.
        progress: called after each piece.
        by_hand: ends the message of every failure: how to do without the internet.

    Raises:
        DownloadError: no connection, a refusal by the server, or wrong content after all attempts.
        DiskFullError, HomeError: it can't be written.
    """
    if path.exists() and _fits(path, checksum):
        return path
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            resumed = part.exists()
            try:
                _transfer(url, part, progress)
            except (http.client.HTTPException, ConnectionError, TimeoutError):
                # The connection broke on the way. What arrived is kept for the next attempt.
                continue
            if _fits(part, checksum):
                part.replace(path)
                return path
            part.unlink()
            # The stale half of an older file spoils a resumed one; a fresh one deserves no more.
            if not resumed or attempt == ATTEMPTS:
                raise _failure(url, "what arrived is damaged (wrong checksum)", by_hand)
    except urllib.error.HTTPError as error:
        error.close()
        raise _failure(url, f"the server answers {error.code} {error.reason}", by_hand) from error
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise _failure(
            url, f"no connection to {urlsplit(url).netloc} ({reason})", by_hand
        ) from error
    except OSError as error:
        raise explain(error, path) from error
    raise _failure(url, f"the connection broke {ATTEMPTS} times; try again to go on", by_hand)


def _transfer(url: str, part: Path, progress: Progress | None) -> None:
    start = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "alexnet-lab"} | ({"Range": f"bytes={start}-"} if start else {})
    request = urllib.request.Request(url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=_SECONDS_OF_SILENCE)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        # All of it had arrived already; the checksum will tell.
        error.close()
        return
    with response:
        # Some servers ignore the wish for a part and send everything again.
        start = start if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
        here, total = start, start + int(response.headers.get("Content-Length", 0))
        with part.open("ab" if start else "wb") as file:
            while piece := response.read(_CHUNK):
                file.write(piece)
                here += len(piece)
                if progress:
                    progress(here, max(here, total))
        if here < total:
            raise http.client.IncompleteRead(b"", total - here)


def _fits(path: Path, checksum: str) -> bool:
    algorithm, _, digest = checksum.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest().startswith(digest.lower())


def _failure(url: str, why: str, by_hand: str) -> DownloadError:
    name = urlsplit(url).path.rpartition("/")[2]
    return DownloadError(f"{name} could not be downloaded: {why}{by_hand and '; '}{by_hand}.")
