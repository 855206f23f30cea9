"""The routes from which browsers fetch what a layer gave.

- ``/api/inside/TOKEN/strip/all``: every layer's strongest map
- ``/api/inside/TOKEN/photo/original``: the picture
- ``/api/inside/TOKEN/maps/LAYER``: a layer's maps, as `dashboard.common.passes.wire` writes them
- ``/api/inside/TOKEN/filters/LAYER``: the filters of a convolution
- ``/api/inside/TOKEN/effective/LAYER?unit=U&row=R&column=C``: what a value answers to
"""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

from alexnet_core.errors import ConfigError, UnknownNameError

_DAY = 24 * 3600

KEEP = {"Cache-Control": f"private, max-age={_DAY}, immutable"}
"""A pass has a name of its own, so what lies under it never changes."""

# Zeros are most of what a ReLU gives; more effort would save little and cost milliseconds.
_EFFORT = 1


def answer(request: Request) -> Response:
    """What is asked for.

    Raises:
        UnknownNameError: the pass is not kept any more, or there is no such layer or thing.
        ConfigError: the layer has no filters, or no such place.
    """
    from dashboard.common.passes import passes, wire

    found = passes.by_token(request.path_params["token"])
    what, layer = request.path_params["what"], request.path_params["layer"]
    if what == "photo":
        data, kind = wire.photo(found)
        return Response(data, media_type=kind, headers=KEEP)
    if what == "effective":
        at = (_number(request, name) for name in ("unit", "row", "column"))
        return _packed(request, gzip.compress(wire.effective(found, layer, *at), _EFFORT))
    makers = {
        "strip": lambda: wire.strip(found),
        "maps": lambda: wire.maps(found, layer),
        "filters": lambda: wire.kernels(found, layer),
    }
    if what not in makers:
        raise UnknownNameError("address", what, makers)
    body = found.sent(
        f"{what} {layer}", lambda: gzip.compress(makers[what](), compresslevel=_EFFORT, mtime=0)
    )
    return _packed(request, body)


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ConfigError(name, text, "a whole number")
    return int(text)


def _packed(request: Request, body: bytes) -> Response:
    headers = KEEP | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"Content-Encoding": "gzip"}
    else:
        body = gzip.decompress(body)
    return Response(body, media_type="application/octet-stream", headers=headers)
