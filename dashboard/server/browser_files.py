"""The scripts and styles that every browser part shares: ``GET /browser/NAME``."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).resolve().parents[1] / "browser"
_KINDS = {".js": "text/javascript", ".css": "text/css"}


async def _file(request: Request) -> Response:
    found = _files().get(request.path_params["name"])
    if found is None:
        return PlainTextResponse("There is no such file.", status_code=404)
    body, kind, tag = found
    # Asked for again with every page, answered in full only where it changed.
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    """Name -> content, media type and tag; nothing else can be asked for."""
    found = {}
    for path in _FOLDER.iterdir():
        if path.suffix in _KINDS:
            body = path.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            found[path.name] = (body, _KINDS[path.suffix], tag)
    return found


ROUTES = [Route("/browser/{name}", _file)]
