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
from starlette.routing import Route

from alexnet_core.errors import UnknownNameError
from dashboard.common import http


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
        return Response(data, media_type=kind, headers=http.KEEP)
    if what == "effective":
        at = (
            http.whole_number(name, request.query_params.get(name, "0"))
            for name in ("unit", "row", "column")
        )
        return http.binary(request, wire.effective(found, layer, *at), http.KEEP)
    makers = {
        "strip": lambda: wire.strip(found),
        "maps": lambda: wire.maps(found, layer),
        "filters": lambda: wire.kernels(found, layer),
    }
    if what not in makers:
        raise UnknownNameError("address", what, makers)
    # Zeros are most of what a ReLU gives.
    body = found.sent(
        f"{what} {layer}", lambda: gzip.compress(makers[what](), http.EFFORT, mtime=0)
    )
    return http.packed(request, body, http.KEEP)


ROUTES = [Route("/api/inside/{token}/{what}/{layer}", http.in_thread(answer))]
