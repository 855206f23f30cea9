"""What the routes have in common."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from alexnet_core.errors import ConfigError
from dashboard.common import http


def asking(**headers: str) -> Request:
    named = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    return Request({"type": "http", "headers": named})


def test_a_refusal_is_the_one_form_that_browser_parts_read() -> None:
    answer = http.refusal("No.", 418)
    assert answer.status_code == 418
    assert json.loads(bytes(answer.body)) == {"error": "No."}
    assert answer.headers["cache-control"] == "no-store"


def test_numbers_come_packed_to_whoever_unpacks_them() -> None:
    body = bytes(5_000)
    ready = gzip.compress(body)
    for make in (
        lambda request: http.binary(request, body),
        lambda request: http.packed(request, ready, http.KEEP),
    ):
        plain, small = make(asking()), make(asking(accept_encoding="gzip, br"))
        assert bytes(plain.body) == gzip.decompress(bytes(small.body)) == body
        assert small.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"
    assert "immutable" in make(asking()).headers["cache-control"]


def test_work_is_done_in_a_thread_and_long_json_packed_there() -> None:
    threads: list[int] = []

    def work(request: Request) -> Response:
        threads.append(threading.get_ident())
        return http.document({"text": "x" * int(request.headers["length"])})

    def answer(**headers: str) -> Any:
        return asyncio.run(http.in_thread(work)(asking(**headers)))

    assert "content-encoding" not in answer(length="10", accept_encoding="gzip").headers
    assert "content-encoding" not in answer(length="5000").headers
    assert answer(length="5000", accept_encoding="gzip").headers["content-encoding"] == "gzip"
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("text", ["", "-1", "1.5", "٣", "²", "x", "9" * 5_000])
def test_what_is_no_number_is_refused_shortly(text: str) -> None:
    with pytest.raises(ConfigError, match="row is .* at most 9 digits") as refused:
        http.whole_number("row", text)
    assert len(str(refused.value)) < 120
    assert http.whole_number("row", "007") == 7
