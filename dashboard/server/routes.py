"""The few routes that browser components pull from; nearly every answer is JSON.

- ``/api/runs?after=VERSION``: the lines of the table of runs that changed
- ``/api/runs/RUN/metrics?after=CURSOR&attempt=N``: the run, and its figures behind the cursor
- ``/api/runs/RUN/metrics.csv``: all figures; several runs with commas between them
- ``/api/runs/RUN/pinned``: the pictures that a run answers after every epoch
- ``/api/runs/RUN/epochs/EPOCH``: what an epoch left behind
- ``/api/inside/...``: what the layers of a network gave, see `dashboard.common.passes.routes`
- ``/api/explain/...``: heat maps, see `dashboard.pages.explain.routes`
- ``/api/plotly.js``: Plotly's own script, out of the installed package

They only read, but for the one that ends a map on its way, and only the lab's own pages may ask.
The store is read in threads.
"""

from __future__ import annotations

import csv
import gzip
import importlib.metadata
import importlib.util
import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from alexnet_core.errors import ConfigError, LabError, UnknownNameError
from alexnet_core.runs.records import Series
from alexnet_core.runs.store import Store
from dashboard.common.passes import routes as inside_api
from dashboard.pages.explain import routes as explain_api
from dashboard.pages.runs import wire
from dashboard.pages.runs.live_metrics import NAMES, Feed
from dashboard.pages.runs.overview import Overview
from dashboard.server import access

FEED, OVERVIEW = Feed(), Overview()

_YEAR = 365 * 24 * 3600
_FRESH = {"Cache-Control": "no-store"}
_SHORT = 500


def plotly_version() -> str:
    """The version of the installed package, which names its script in caches."""
    return importlib.metadata.version("plotly")


def _runs(request: Request) -> Response:
    return _json(OVERVIEW.since(request.query_params.get("after", "")))


def _metrics(request: Request) -> Response:
    attempt = request.query_params.get("attempt", "0")
    if not (attempt.isascii() and attempt.isdigit()):
        raise ConfigError("attempt", attempt, "a whole number")
    after = request.query_params.get("after", "")
    return _json(wire.news(FEED.since(request.path_params["run"], after, int(attempt))))


def _table(request: Request) -> Response:
    store = Store.open()
    runs = [store.get(run).id for run in request.path_params["run"].split(",")]
    return StreamingResponse(
        _rows(store, runs),
        media_type="text/csv",
        headers=_FRESH
        | {"Content-Disposition": f'attachment; filename="{"+".join(runs)[:120]}.csv"'},
    )


def _rows(store: Store, runs: Sequence[str]) -> Iterator[str]:
    """The same columns as ``alexnet-lab metrics RUN --csv``; the run goes first among several."""
    several = len(runs) > 1
    yield ("run," if several else "") + "name,step,epoch,value,time\r\n"
    for run in runs:
        for name in sorted(NAMES):
            series = store.series(run, [name]).get(name)
            if series is not None:
                yield _lines([run, name] if several else [name], series)


def _lines(named: list[str], series: Series) -> str:
    text = io.StringIO()
    rows = zip(series.step, series.epoch, series.value, series.time, strict=True)
    csv.writer(text).writerows([*named, *row] for row in rows)
    return text.getvalue()


def _epoch(request: Request) -> Response:
    from dashboard.pages.runs import epochs

    return _json(epochs.epoch(request.path_params["run"], request.path_params["epoch"]))


def _pinned(request: Request) -> Response:
    from dashboard.pages.runs import epochs

    return _json(epochs.pinned(request.path_params["run"]))


def _plotly(request: Request) -> Response:
    version = plotly_version()
    named = request.query_params.get("v") == version
    headers = {
        "Cache-Control": f"public, max-age={_YEAR}, immutable" if named else "no-cache",
        "ETag": f'"plotly-{version}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(_packed_script(), media_type="text/javascript", headers=headers)
    return Response(_script().read_bytes(), media_type="text/javascript", headers=headers)


def _script() -> Path:
    # Finding the package is not importing it.
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed", name="plotly")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@cache
def _packed_script() -> bytes:
    """Packed once; Streamlit's server would pack its 5 MB anew for everyone."""
    return gzip.compress(_script().read_bytes(), compresslevel=6, mtime=0)


def _packed(work: Callable[[Request], Response], request: Request) -> Response:
    """Do the work and pack a longer JSON answer in the same thread, not in one more."""
    answer = work(request)
    wanted = "gzip" in request.headers.get("accept-encoding", "")
    if wanted and answer.media_type == "application/json" and len(answer.body) > _SHORT:
        packed = gzip.compress(answer.body, compresslevel=6, mtime=0)
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(packed, media_type=answer.media_type, headers=_FRESH | headers)
    return answer


def _json(document: object, status: int = 200) -> Response:
    body = wire.encoded(document)
    return Response(body, status_code=status, media_type="application/json", headers=_FRESH)


def _answering(
    work: Callable[[Request], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """A route that refuses strangers and does its work in a thread; an error is a sentence."""

    async def answer(request: Request) -> Response:
        refused = access.refusal(request)
        if refused is not None:
            return refused
        try:
            return await run_in_threadpool(_packed, work, request)
        except UnknownNameError as error:
            return _json({"error": str(error)}, 404)
        except ConfigError as error:
            return _json({"error": str(error)}, 400)
        except LabError as error:
            return _json({"error": str(error)}, 503)

    return answer


ROUTES = [
    Route("/api/runs", _answering(_runs)),
    Route("/api/runs/{run}/metrics", _answering(_metrics)),
    Route("/api/runs/{run}/metrics.csv", _answering(_table)),
    Route("/api/runs/{run}/pinned", _answering(_pinned)),
    Route("/api/runs/{run}/epochs/{epoch:int}", _answering(_epoch)),
    Route("/api/inside/{token}/{what}/{layer}", _answering(inside_api.answer)),
    Route("/api/explain/{token}/stop", _answering(explain_api.stop), methods=["POST"]),
    Route("/api/explain/{token}/{what}", _answering(explain_api.answer)),
    Route("/api/plotly.js", _answering(_plotly)),
]
