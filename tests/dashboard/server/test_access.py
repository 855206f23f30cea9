"""The one gate before everything below ``/api``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from streamlit import config

from alexnet_core.errors import ConfigError, StoreError, UnknownNameError
from dashboard.common import http
from dashboard.server import access, routes
from dashboard.server.access import LOCAL, MOST_BODY, MOST_QUERY, Gate

NEAR, FAR = ("127.0.0.1", 4711), ("192.0.2.7", 4711)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"


def _who(request: Request) -> Response:
    return http.document({"name": request.user.name, "length": len(request.url.query)})


def _fails(request: Request) -> Response:
    errors: dict[str, Exception] = {
        "name": UnknownNameError("run", "x", []),
        "value": ConfigError("attempt", "x", "a whole number"),
        "store": StoreError("The database is locked."),
        "fault": RuntimeError("secret words"),
    }
    raise errors[request.path_params["why"]]


async def _page(request: Request) -> Response:
    return HTMLResponse("<p>The lab</p>")


BEHIND = [
    Route("/api/who", http.in_thread(_who)),
    Route("/api/stop", http.in_thread(_who), methods=["POST"]),
    Route("/api/large", http.in_thread(_who), methods=["POST"]),
    Route("/api/fails/{why}", http.in_thread(_fails)),
]
GATE = Middleware(Gate, routes=BEHIND, unbounded=frozenset({"/api/large"}))
APP = Starlette(routes=[*BEHIND, Route("/", _page)], middleware=[GATE])
REAL = Starlette(routes=routes.ROUTES, middleware=[Middleware(Gate, routes=routes.ROUTES)])


@pytest.fixture(autouse=True)
def any_host() -> Iterator[None]:
    """The names that the lab answers to are no matter here."""
    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", [])
    yield
    config.set_option("server.allowedHosts", before)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def sentence(self) -> str:
        (said,) = self.json.values()
        assert said.endswith((".", "?"))
        return str(said)


def ask(
    path: str, method: str = "GET", client: Any = NEAR, app: Any = APP, **headers: str
) -> Answer:
    """Ask as uvicorn would."""
    target, _, query = path.partition("?")
    named = {"host": "localhost:8501"} | {key.replace("_", "-"): v for key, v in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": target,
        "raw_path": target.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(key.encode(), value.encode()) for key, value in named.items()],
        "client": client,
        "server": ("localhost", 8501),
        "scheme": "http",
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    found = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], found, body)


def token() -> str:
    """The cookie that a page brings."""
    answer = ask("/", client=FAR, accept="text/html,*/*")
    assert answer.status == 200
    return answer.headers["set-cookie"].partition(";")[0]


def test_who_asks_is_the_one_person_of_this_lab() -> None:
    assert ask("/api/who").json["name"] == LOCAL.name


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
        {"origin": "null", "sec_fetch_site": "none"},
    ],
)
def test_pages_of_other_addresses_are_refused(method: str, headers: dict[str, str]) -> None:
    path = "/api/who" if method == "GET" else "/api/stop"
    refused = ask(path, method, **headers, cookie=token())
    assert refused.status == 403
    assert "Only pages of the lab" in refused.sentence


def test_where_a_browser_says_nothing_the_token_counts() -> None:
    silent = {"host": "192.0.2.1:8501", "user_agent": BROWSER}
    assert ask("/api/who", client=FAR, **silent).status == 403
    assert ask("/api/who", client=FAR, **silent, cookie="alexnet-lab-8501=ü").status == 403
    assert ask("/api/who", client=FAR, **silent, cookie=token()).status == 200
    assert ask("/api/who", client=FAR, **silent, sec_fetch_site="same-origin").status == 200


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        (FAR, {}),
        (NEAR, {"user_agent": BROWSER}),
        (NEAR, {"x_forwarded_for": "192.0.2.7"}),
        (NEAR, {"host": "lab.example"}),
    ],
)
def test_only_a_program_of_this_machine_needs_no_token(
    client: tuple[str, int], headers: dict[str, str]
) -> None:
    assert ask("/api/who", client=client, **headers).status == 403
    assert ask("/api/who", client=NEAR, user_agent="curl/8").status == 200


def test_the_token_is_for_pages_of_the_lab_alone() -> None:
    page = ask("/", client=FAR, accept="text/html")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(page.headers["set-cookie"].split("; "))
    assert "set-cookie" not in ask("/", client=FAR).headers
    assert "set-cookie" not in ask("/", client=FAR, accept="text/html", cookie=token()).headers
    assert "set-cookie" not in ask("/api/who", accept="text/html").headers


@pytest.mark.parametrize(
    ("why", "status", "word"),
    [("name", 404, "run"), ("value", 400, "attempt"), ("store", 503, "locked"), ("fault", 500, "")],
)
def test_an_error_is_a_sentence_with_its_status(why: str, status: int, word: str) -> None:
    answer = ask(f"/api/fails/{why}")
    assert answer.status == status
    assert word in answer.sentence
    assert "secret" not in answer.sentence


def test_what_is_not_there_and_what_is_not_taken_are_sentences_too() -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/who/more"):
        assert ask(path).status == 404
        assert ask(path).sentence
    wrong = ask("/api/stop")
    assert wrong.status == 405
    assert wrong.headers["allow"] == "POST"
    assert "POST" in wrong.sentence


def test_what_is_sent_is_bounded() -> None:
    assert ask(f"/api/who?x={'x' * (MOST_QUERY - 2)}").json["length"] == MOST_QUERY
    assert ask(f"/api/who?x={'x' * MOST_QUERY}").status == 414
    for length, status in ((MOST_BODY, 200), (MOST_BODY + 1, 413), (10**15, 413), ("x", 400)):
        answer = ask("/api/stop", "POST", content_length=str(length))
        assert answer.status == status
    assert ask("/api/stop", "POST", transfer_encoding="chunked").status == 411
    assert ask("/api/large", "POST", content_length=str(10**15)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs/one/metrics?attempt={long}",
        "/api/runs/one/epochs/{long}",
        "/api/runs/one/epochs/x",
        "/api/runs/one/epochs/٣",
    ],
)
def test_numbers_too_long_to_be_any_are_refused(path: str) -> None:
    answer = ask(path.format(long="9" * 5_000), app=REAL)
    assert answer.status == 400
    assert len(answer.sentence) < 200


def test_every_route_answers_a_stranger_and_a_wrong_method_in_a_sentence() -> None:
    for route in routes.ROUTES:
        path = route.path.replace("{", "").replace("}", "")
        method = "POST" if "POST" in (route.methods or ()) else "GET"
        assert ask(path, method, app=REAL, sec_fetch_site="cross-site").sentence
        wrong = ask(path, "DELETE", app=REAL)
        assert wrong.status == 405
        assert wrong.sentence


def test_a_token_that_is_compared_is_long() -> None:
    assert len(access._TOKEN) >= 32
