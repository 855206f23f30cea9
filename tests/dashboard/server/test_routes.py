from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import plotly
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from alexnet_core.errors import StoreError
from alexnet_core.runs.records import MetricPoint, RunStatus
from alexnet_core.runs.store import Store
from dashboard.common.plotly_script import plotly_version
from dashboard.pages.runs import live_metrics, run_status
from dashboard.pages.runs import routes as runs_routes
from dashboard.pages.runs.live_metrics import Feed
from dashboard.pages.runs.overview import Overview
from dashboard.server import routes
from dashboard.server.access import Gate
from tests.example_runs import advance, example, leave_epochs

APP = Starlette(
    routes=routes.ROUTES,
    middleware=[Middleware(Gate, routes=routes.ROUTES, unbounded=routes.UNBOUNDED)],
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def get(path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask the routes as uvicorn would."""
    target, _, query = path.partition("?")
    sent: list[dict[str, Any]] = []
    named = {"host": "localhost:8501"} | {key.replace("_", "-"): v for key, v in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": target,
        "raw_path": target.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(key.encode(), value.encode()) for key, value in named.items()],
        "server": ("localhost", 8501),
        "scheme": "http",
    }

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(APP(scope, receive, send))
    return Answer(
        status=sent[0]["status"],
        headers={key.decode(): value.decode() for key, value in sent[0]["headers"]},
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another one read, and none waits until it counts as old."""
    monkeypatch.setattr(runs_routes, "FEED", Feed())
    monkeypatch.setattr(runs_routes, "OVERVIEW", Overview())
    monkeypatch.setattr(live_metrics, "FRESH", 0.0)
    monkeypatch.setattr(live_metrics, "SAMPLED", 0.0)


def whole(sent: dict[str, Any], name: str) -> dict[str, list[float]]:
    """A figure as the browser puts it together again."""
    columns = sent["points"][name]
    found = {key: np.cumsum(columns[key]).tolist() for key in ("step", "epoch", "time")}
    return found | {"value": columns["value"]}


def test_a_new_viewer_gets_every_figure() -> None:
    example("one", step=300)
    answer = get("/api/runs/one/metrics")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    sent = answer.json
    stored = Store.open().series("one")
    assert sent["whole"]
    assert set(sent["points"]) == set(stored)
    for name, series in stored.items():
        got = whole(sent, name)
        assert got["step"] == series.step
        assert got["epoch"] == series.epoch
        assert got["time"] == [round(1000 * moment) for moment in series.time]
        assert got["value"] == pytest.approx(series.value, rel=1e-4)


def test_after_the_cursor_only_new_points_travel() -> None:
    example("one", status=RunStatus.RUNNING, step=300)
    first = get("/api/runs/one/metrics").json
    path = f"/api/runs/one/metrics?attempt=1&after={first['cursor']}"
    nothing = get(path).json
    assert not nothing["whole"]
    assert nothing["points"] == {}
    assert nothing["cursor"] == first["cursor"]
    advance("one", 300, 305, steps=400, epochs=8)
    new = get(path).json
    assert not new["whole"]
    assert whole(new, "train/loss")["step"] == [301, 302, 303, 304, 305]
    assert "validation/top1" not in new["points"]
    assert new["run"]["step"] == 305


def test_what_comes_late_for_a_step_still_comes() -> None:
    """A write may part the figures of a step."""
    example("one", status=RunStatus.RUNNING, step=301)
    store = Store.open()
    store.log("one", [MetricPoint("train/loss", 302, 7, 0.5, time.time())], {"step": 302})
    first = get("/api/runs/one/metrics").json
    assert whole(first, "train/loss")["step"][-1] == 302
    store.log("one", [MetricPoint("lr", 302, 7, 0.01, time.time())])
    new = get(f"/api/runs/one/metrics?attempt=1&after={first['cursor']}").json
    assert whole(new, "lr")["step"] == [302]
    assert "train/loss" not in new["points"]


def test_an_epoch_s_figures_come_whether_validation_is_quick_or_slow() -> None:
    example("one", status=RunStatus.RUNNING, step=99, steps=400, epochs=4)
    store = Store.open()
    cursor = get("/api/runs/one/metrics").json["cursor"]

    def ask() -> dict[str, Any]:
        nonlocal cursor
        sent = get(f"/api/runs/one/metrics?attempt=1&after={cursor}").json
        cursor = sent["cursor"]
        return dict(sent["points"])

    # The epoch's last step, long before its validation.
    store.log("one", [MetricPoint("train/loss", 100, 1, 0.5, time.time())], {"step": 100})
    assert set(ask()) == {"train/loss"}
    store.log("one", [MetricPoint("validation/top1", 100, 1, 0.5, time.time())])
    assert set(ask()) == {"validation/top1"}
    # A whole epoch between two looks.
    advance("one", 100, 230, steps=400, epochs=4)
    assert "validation/top1" in ask()
    advance("one", 230, 240, steps=400, epochs=4)
    assert "validation/top1" not in ask()


def test_every_point_comes_exactly_once_however_often_one_asks() -> None:
    example("one", status=RunStatus.RUNNING, step=1, steps=6_000, epochs=6)
    cursor, steps, rounds = "", [], 0
    for at in range(1, 5_800, 400):
        sent = get(f"/api/runs/one/metrics?attempt=1&after={cursor}").json
        cursor = sent["cursor"]
        rounds += sent["whole"]
        if "train/loss" in sent["points"]:
            steps += whole(sent, "train/loss")["step"]
        advance("one", at, at + 400, steps=6_000, epochs=6)
    assert rounds == 1
    assert steps == list(range(1, len(steps) + 1))


def test_another_attempt_sends_everything_anew() -> None:
    example("one", status=RunStatus.RUNNING, step=300)
    first = get("/api/runs/one/metrics").json
    Store.open().change("one", attempts=2)
    again = get(f"/api/runs/one/metrics?attempt=1&after={first['cursor']}").json
    assert again["whole"]
    assert again["attempt"] == 2
    assert len(again["points"]["train/loss"]["step"]) == 300


def test_figures_of_a_dead_attempt_are_not_shown_beyond_where_the_run_stands() -> None:
    example("one", status=RunStatus.RUNNING, step=300)
    first = get("/api/runs/one/metrics").json
    # It crashed and goes on from step 250: the steps behind that are computed again.
    Store.open().change("one", step=260)
    again = get(f"/api/runs/one/metrics?attempt=1&after={first['cursor']}").json
    assert again["whole"]
    assert whole(again, "train/loss")["step"][-1] == 260
    advance("one", 260, 262, steps=400, epochs=8)
    new = get(f"/api/runs/one/metrics?attempt=1&after={again['cursor']}").json
    assert not new["whole"]
    assert whole(new, "train/loss")["step"] == [261, 262]


def test_a_run_that_is_silent_for_long_stretches_is_not_sent_anew() -> None:
    """A fast run samples its machine only every some thousand steps."""
    example("one", status=RunStatus.RUNNING, step=100, steps=4_000, epochs=2)
    points = [MetricPoint("train/loss", step, 1, 1.0, time.time()) for step in range(101, 1_900)]
    Store.open().log("one", points, {"step": 1_899})
    first = get("/api/runs/one/metrics").json
    assert whole(first, "system/cpu")["step"][-1] == 80
    assert not get(f"/api/runs/one/metrics?attempt=1&after={first['cursor']}").json["whole"]


@pytest.mark.parametrize("cursor", ["x", "1.2.3", "-1" * 15, "1." * 14 + "٣"])
def test_a_strange_cursor_gets_everything(cursor: str) -> None:
    example("one", step=40)
    assert get(f"/api/runs/one/metrics?attempt=1&after={cursor}").json["whole"]


def test_a_cursor_beyond_any_run_is_refused() -> None:
    example("one", step=40)
    names = len(live_metrics.NAMES)
    answer = get(f"/api/runs/one/metrics?attempt=1&after={'0.' * names}{'9' * 5_000}")
    assert answer.status == 400
    assert len(answer.json["error"]) < 300
    version = get("/api/runs").json["version"].partition(".")[0]
    for number in ("9" * 5_000, "²", "x", ""):
        assert get(f"/api/runs?after={version}.{quote(number)}").status == 400


def test_numbers_that_are_none_travel_as_null() -> None:
    example("one", step=40)
    Store.open().log("one", [MetricPoint("train/loss", 40, 1, float("nan"), time.time())])
    assert whole(get("/api/runs/one/metrics").json, "train/loss")["value"][-1] is None


def test_a_long_run_is_thinned_and_keeps_its_extremes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_metrics, "MOST_POINTS", 200)
    example("one", step=2_000, steps=2_000)
    spikes = [
        MetricPoint("train/loss", 777, 4, 99.0, time.time()),
        MetricPoint("train/loss", 1_333, 6, -99.0, time.time()),
    ]
    Store.open().log("one", spikes)
    got = whole(get("/api/runs/one/metrics").json, "train/loss")
    assert len(got["step"]) <= 200
    assert got["step"][0] == 1
    assert got["step"][-1] == 2_000
    assert dict(zip(got["step"], got["value"], strict=True))[777] == 99.0
    assert dict(zip(got["step"], got["value"], strict=True))[1_333] == -99.0


def test_the_state_changes_with_what_a_page_shows() -> None:
    example("one", status=RunStatus.RUNNING, step=100)
    store = Store.open()

    def state() -> str:
        return str(get("/api/runs/one/metrics").json["state"])

    seen = [state()]
    store.log("one", [], {"step": 101, "reason": "Reading pictures: 3 of 9."})
    assert state() == seen[0]
    for change in (
        lambda: store.edit("one", {"lr": 0.5}, time.time()),
        lambda: store.apply_edit("one", 1, 120),
        lambda: leave_epochs("one", 1),
        lambda: store.change("one", status=RunStatus.STOPPING),
        lambda: store.change("one", attempts=2),
    ):
        change()
        seen.append(state())
    assert len(set(seen)) == len(seen)
    assert seen[-1] == run_status.state(store.get("one"), store.edits("one"))


def test_a_silent_worker_is_told() -> None:
    example("one", status=RunStatus.RUNNING, step=100)
    assert get("/api/runs/one/metrics").json["run"]["silent"] is None
    Store.open().change("one", heartbeat=time.time() - 60, started=time.time() - 90)
    assert get("/api/runs/one/metrics").json["run"]["silent"] in (60, 61)


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs/nothing/metrics",
        "/api/runs/nothing/metrics.csv",
        "/api/runs/nothing/pinned",
        "/api/runs/nothing/epochs/1",
        "/api/runs/%2e%2e/epochs/1",
        "/api/runs/one/epochs/99",
    ],
)
def test_what_is_not_there_is_404_in_json(path: str) -> None:
    example("one", step=10)
    answer = get(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["error"]


def test_a_bad_attempt_is_400() -> None:
    assert get("/api/runs/one/metrics?attempt=x").status == 400


def test_a_store_that_can_not_be_read_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_cls: type[Store], _url: str | None = None) -> Store:
        raise StoreError("The lab's database can't be used now (locked).")

    monkeypatch.setattr(Store, "open", classmethod(locked))
    for path in ("/api/runs", "/api/runs/one/metrics"):
        answer = get(path)
        assert answer.status == 503
        assert "database" in answer.json["error"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_foreign_page_is_refused(site: str) -> None:
    example("one", step=10)
    assert get("/api/runs", sec_fetch_site=site).status == 403
    assert get("/api/runs", sec_fetch_site="same-origin").status == 200
    assert "access-control-allow-origin" not in get("/api/runs").headers


def test_a_foreign_name_of_this_machine_is_refused() -> None:
    from streamlit import config

    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", ["localhost"])
    try:
        assert get("/api/runs", host="evil.example").status == 403
        assert get("/api/runs").status == 200
    finally:
        config.set_option("server.allowedHosts", before)


def test_the_table_of_runs_sends_only_lines_that_changed() -> None:
    example("old", step=400, created=1.0)
    example("new", status=RunStatus.RUNNING, step=100, created=2.0)
    first = get("/api/runs").json
    assert first["order"] == ["new", "old"]
    assert [row["id"] for row in first["rows"]] == ["new", "old"]
    assert first["moving"]
    nothing = get(f"/api/runs?after={first['version']}").json
    assert nothing["rows"] == []
    assert nothing["order"] is None
    advance("new", 100, 110, steps=400, epochs=8)
    changed = get(f"/api/runs?after={nothing['version']}").json
    assert [row["id"] for row in changed["rows"]] == ["new"]
    assert changed["rows"][0]["step"] == 110
    assert changed["order"] is None


def test_the_table_notices_what_comes_and_what_ends() -> None:
    example("one", status=RunStatus.RUNNING, step=100, created=1.0)
    first = get("/api/runs").json
    example("two", status=RunStatus.QUEUED, step=0, created=2.0)
    second = get(f"/api/runs?after={first['version']}").json
    assert second["order"] == ["two", "one"]
    assert [row["id"] for row in second["rows"]] == ["two"]
    Store.open().change("one", status=RunStatus.FAILED)
    third = get(f"/api/runs?after={second['version']}").json
    assert [row["status"] for row in third["rows"]] == ["failed"]
    Store.open().delete("one")
    Store.open().delete("two")
    fourth = get(f"/api/runs?after={third['version']}").json
    assert fourth["order"] == []
    assert not fourth["moving"]


def test_a_wish_makes_the_table_look_at_ended_runs_too() -> None:
    example("one", status=RunStatus.RUNNING, step=100)
    example("two", created=1.0)
    first = get("/api/runs").json
    Store.open().change("two", notes="better")
    runs_routes.OVERVIEW.look_again()
    rows = get(f"/api/runs?after={first['version']}").json["rows"]
    assert [row["notes"] for row in rows if row["id"] == "two"] == ["better"]


def test_a_version_of_another_server_gets_all_lines() -> None:
    example("one")
    assert len(get("/api/runs?after=123.9").json["rows"]) == 1
    assert len(get("/api/runs?after=strange").json["rows"]) == 1


def test_another_lab_in_the_same_database_stays_out() -> None:
    example("ours")
    example("theirs", lab="another")
    assert get("/api/runs").json["order"] == ["ours"]


def test_the_sparkline_is_validation_accuracy_epoch_by_epoch() -> None:
    example("one", step=400)
    (row,) = get("/api/runs").json["rows"]
    stored = Store.open().series("one")["validation/top1"].value
    assert row["spark"] == pytest.approx(stored, rel=1e-4)


def test_the_table_of_figures_has_every_value_as_it_was_logged() -> None:
    example("one", step=100)
    answer = get("/api/runs/one/metrics.csv")
    assert "one.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert list(rows[0]) == ["name", "step", "epoch", "value", "time"]
    stored = Store.open().series("one")
    assert len(rows) == sum(len(series.step) for series in stored.values())
    losses = [float(row["value"]) for row in rows if row["name"] == "train/loss"]
    assert losses == stored["train/loss"].value


def test_the_figures_of_several_runs_come_in_one_table() -> None:
    example("one", step=20)
    example("two", step=10)
    body = get("/api/runs/one,two/metrics.csv").body.decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    losses = [row["run"] for row in rows if row["name"] == "train/loss"]
    assert losses == ["one"] * 20 + ["two"] * 10


def test_an_epoch_comes_with_filters_answers_and_confusion() -> None:
    example("one")
    leave_epochs("one", 3)
    sent = get("/api/runs/one/epochs/2").json
    assert sent["filters"]["count"] == 48
    assert sent["filters"]["size"] == [5, 5]
    assert sent["filters"]["image"].startswith("data:image/png;base64,")
    assert len(sent["answers"]) == 6
    assert all(guesses[0]["share"] >= guesses[1]["share"] for guesses in sent["answers"])
    assert not sent["kept"]
    assert {trace["type"] for trace in sent["confusion"]["data"]} == {"heatmap"}
    pinned = get("/api/runs/one/pinned").json
    assert [picture["label"] for picture in pinned["pictures"]][:2] == ["circle", "cross"]


def test_a_long_answer_is_packed_for_who_can_unpack_it() -> None:
    example("one", step=100)
    packed = get("/api/runs/one/metrics", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["cache-control"] == "no-store"
    plain = get("/api/runs/one/metrics")
    assert "content-encoding" not in plain.headers
    assert json.loads(gzip.decompress(packed.body)) == plain.json
    missing = get("/api/runs/none/metrics", accept_encoding="gzip")
    assert missing.status == 404


def test_plotly_s_own_script_is_served_and_kept() -> None:
    script = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    named = get(f"/api/plotly.js?v={plotly_version()}", accept_encoding="gzip")
    assert gzip.decompress(named.body) == script
    assert "immutable" in named.headers["cache-control"]
    assert named.headers["content-type"].startswith("text/javascript")
    plain = get("/api/plotly.js")
    assert plain.body == script
    assert plain.headers["cache-control"] == "no-cache"
    again = get("/api/plotly.js", if_none_match=plain.headers["etag"])
    assert again.status == 304
    assert again.body == b""
