"""The routes from which browsers fetch heat maps.

TOKEN names a pass, as `dashboard.common.passes.passes` says, and behind a dot the session that
asks, so that its stop leaves alone what another session watches.

- ``GET /api/explain/TOKEN/picture``: what the network saw, as PNG
- ``GET /api/explain/TOKEN/map?asked=...``: a map, or how far it is
- ``GET /api/explain/TOKEN/quality?asked=...``: its figures, or how far they are; with ``still``
  nothing is begun that has failed or was ended
- ``GET /api/explain/TOKEN/painted?asked=...&mask=...&size=...&fill=...``: the answers and the map
  of the picture with a part painted over
- ``POST /api/explain/TOKEN/stop?asked=...``: end the map and its figures, for this session

What is asked is written by `dashboard.pages.explain.attributions.Asked`.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alexnet_core.errors import ConfigError, UnknownNameError
from dashboard.common import http

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dashboard.common.passes.passes import Inside
    from dashboard.common.work import State, Work
    from dashboard.pages.explain.attributions import Asked

_WAIT = 0.4
"""Seconds that a browser waits for an answer before it hears how far it is."""

_LARGEST = 64


def answer(request: Request) -> Response:
    """What is asked for.

    Raises:
        UnknownNameError: the pass is not kept any more, or there is no such thing.
        ConfigError: what is asked is not allowed.
        LabError: the painted picture can't be explained.
    """
    from dashboard.common.passes import passes
    from dashboard.pages.explain import attributions, wire

    token, _, by = request.path_params["token"].partition(".")
    found, what = passes.by_token(token), request.path_params["what"]
    if what == "picture":
        from alexnet_core import rendering

        file = rendering.png(found.captured.pixels)
        return Response(file, media_type="image/png", headers=http.KEEP)
    asked = attributions.read(request.query_params.get("asked", ""))
    if what == "painted":
        return http.binary(request, _painted(request, found, asked))
    # Who only asks how far it is must hear of a failure, and not begin it anew.
    begun: Work[Any] | None = None
    if "still" in request.query_params:
        begun = attributions.known(found, what, asked.text())
    if what == "map":
        made = begun or attributions.map_work(found, asked, by)
        state = made.watch(_WAIT, by)
        if made.found is not None:
            return http.binary(request, wire.heat(made.found))
        return _stands(made, state)
    if what == "quality":
        measured = begun or attributions.quality_work(found, asked, by)
        state = measured.watch(_WAIT, by)
        if measured.found is not None:
            return http.document({"figures": wire.figures(measured.found.quality)})
        return _stands(measured, state)
    raise UnknownNameError("address", what, ["picture", "map", "quality", "painted"])


def stop(request: Request) -> Response:
    """End what is under way for a card, as far as nobody else watches it.

    Raises:
        UnknownNameError: the pass is not kept any more.
        ConfigError: what is asked is not allowed.
    """
    from dashboard.common.passes import passes
    from dashboard.pages.explain import attributions

    token, _, by = request.path_params["token"].partition(".")
    found = passes.by_token(token)
    asked = attributions.read(request.query_params.get("asked", ""))
    for kind in ("map", "quality"):
        work = attributions.known(found, kind, asked.text())
        if work is not None:
            work.stop(by)
    return http.document({"state": "cancelled"})


def _painted(request: Request, found: Inside, asked: Asked) -> bytes:
    from alexnet_core.evaluation.classify import classify
    from alexnet_core.explanation.attribution import explain
    from alexnet_core.explanation.methods import registry
    from alexnet_core.inspection.ablation import painted
    from alexnet_core.models.baselines import Fill
    from dashboard.pages.explain import wire

    if registry.get(asked.method).cost != "gradient":
        quick = [name for name, row in registry.METHODS.items() if row.cost == "gradient"]
        raise ConfigError("method", asked.method, f"one that follows a brush: {', '.join(quick)}")
    wanted = request.query_params.get("fill", "mean")
    fill = next((known for known in get_args(Fill) if known == wanted), None)
    if fill is None:
        raise ConfigError("fill", wanted, ", ".join(get_args(Fill)))
    pixels = painted(found.model, found.captured.pixels, _mask(request), fill)
    guesses = classify(found.model, pixels, top=len(found.model.categories)).predictions
    made = explain(found.model, pixels, asked.method, target=asked.target, options=asked.options)
    shares = {str(guess.index): round(guess.probability, 5) for guess in guesses[:50]}
    best = {"index": guesses[0].index, "label": guesses[0].label}
    return wire.heat(made, {"shares": shares, "best": best})


def _mask(request: Request) -> NDArray[np.bool_]:
    """Whole rows of bits, the first cell in the highest bit of the first byte."""
    import numpy as np

    text = request.query_params.get("mask", "")
    side = http.whole_number("size", request.query_params.get("size", ""))
    if not 0 < side <= _LARGEST:
        raise ConfigError("size", side, f"1 to {_LARGEST}")
    try:
        bits = np.unpackbits(np.frombuffer(base64.urlsafe_b64decode(text), dtype=np.uint8))
    except (ValueError, binascii.Error):
        bits = np.zeros(0, dtype=np.uint8)
    if len(bits) < side * side:
        raise ConfigError("mask", text[:40], f"{side} x {side} bits in base64")
    return bits[: side * side].reshape(side, side).astype(bool)


def _stands(work: Work[Any], state: State) -> Response:
    if state == "failed":
        return http.document({"state": state, "error": work.error})
    far = {"done": work.done, "total": work.total, "before": work.before}
    return http.document({"state": state, **far})


ROUTES = [
    Route("/api/explain/{token}/stop", http.in_thread(stop), methods=["POST"]),
    Route("/api/explain/{token}/{what}", http.in_thread(answer)),
]
