"""Plotly's own script, out of the installed package: ``GET /api/plotly.js?v=VERSION``."""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.common import http

_YEAR = 365 * 24 * 3600


def plotly_version() -> str:
    """The version of the installed package, which names its script in caches."""
    return importlib.metadata.version("plotly")


def _answer(request: Request) -> Response:
    version = plotly_version()
    named = request.query_params.get("v") == version
    headers = {
        "Cache-Control": f"public, max-age={_YEAR}, immutable" if named else "no-cache",
        "ETag": f'"plotly-{version}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if http.unpacks(request):
        headers["Content-Encoding"] = "gzip"
        return Response(_packed(), media_type="text/javascript", headers=headers)
    return Response(_script().read_bytes(), media_type="text/javascript", headers=headers)


def _script() -> Path:
    # Finding the package is not importing it.
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed", name="plotly")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@cache
def _packed() -> bytes:
    """Packed once; Streamlit's server would pack its 5 MB anew for everyone."""
    return gzip.compress(_script().read_bytes(), compresslevel=6, mtime=0)


ROUTES = [Route("/api/plotly.js", http.in_thread(_answer))]
