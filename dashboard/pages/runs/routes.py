"""The routes from which the table, the chart and the time machine pull what is new in runs.

- ``/api/runs?after=VERSION``: the lines of the table of runs that changed
- ``/api/runs/RUN/metrics?after=CURSOR&attempt=N``: the run, and its figures behind the cursor
- ``/api/runs/RUN/metrics.csv``: all figures; several runs with commas between them
- ``/api/runs/RUN/pinned``: the pictures that a run answers after every epoch
- ``/api/runs/RUN/epochs/EPOCH``: what an epoch left behind

They only read; the store is read in threads.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from alexnet_core.runs.records import Series
from alexnet_core.runs.store import Store
from dashboard.common import http
from dashboard.pages.runs import wire
from dashboard.pages.runs.live_metrics import NAMES, Feed
from dashboard.pages.runs.overview import Overview

FEED, OVERVIEW = Feed(), Overview()

_LONGEST_NAME = 120


def _runs(request: Request) -> Response:
    return http.document(OVERVIEW.since(request.query_params.get("after", "")))


def _metrics(request: Request) -> Response:
    attempt = http.whole_number("attempt", request.query_params.get("attempt", "0"))
    after = request.query_params.get("after", "")
    return http.document(wire.news(FEED.since(request.path_params["run"], after, attempt)))


def _table(request: Request) -> Response:
    store = Store.open()
    runs = [store.get(run).id for run in request.path_params["run"].split(",")]
    name = "+".join(runs)[:_LONGEST_NAME]
    return StreamingResponse(
        _rows(store, runs),
        media_type="text/csv",
        headers=http.FRESH | {"Content-Disposition": f'attachment; filename="{name}.csv"'},
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
    # They bring the code that reads weights, which the first sight of a page need not wait for.
    from dashboard.pages.runs import epochs

    number = http.whole_number("epoch", request.path_params["epoch"])
    return http.document(epochs.epoch(request.path_params["run"], number))


def _pinned(request: Request) -> Response:
    from dashboard.pages.runs import epochs

    return http.document(epochs.pinned(request.path_params["run"]))


ROUTES = [
    Route("/api/runs", http.in_thread(_runs)),
    Route("/api/runs/{run}/metrics", http.in_thread(_metrics)),
    Route("/api/runs/{run}/metrics.csv", http.in_thread(_table)),
    Route("/api/runs/{run}/pinned", http.in_thread(_pinned)),
    Route("/api/runs/{run}/epochs/{epoch}", http.in_thread(_epoch)),
]
