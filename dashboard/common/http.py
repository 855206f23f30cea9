"""What the lab's routes have in common: work in a thread, JSON, packed answers, numbers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from alexnet_core.errors import ConfigError

FRESH = {"Cache-Control": "no-store"}
"""For an answer that the next moment may make wrong."""

KEEP = {"Cache-Control": f"private, max-age={24 * 3600}, immutable"}
"""For what lies under a name of its own, and so never changes."""

MOST_DIGITS = 9
"""Digits of a whole number in an address."""

EFFORT = 1
"""Of packing numbers: more would save little and cost milliseconds."""

_JSON_EFFORT = 6
_SHORT = 500
_SHOWN = 40


def in_thread(work: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """A route that does its work in a thread; what it raises the gate turns into a sentence."""

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_packed_if_long, work, request)

    return answer


def document(content: object, status: int = 200) -> Response:
    """JSON as short as it goes."""
    body = json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
    return Response(body, status_code=status, media_type="application/json", headers=FRESH)


def refusal(sentence: str, status: int) -> Response:
    """Why there is no answer, in the one form that every browser part reads."""
    return document({"error": sentence}, status)


def binary(request: Request, body: bytes, headers: Mapping[str, str] = FRESH) -> Response:
    """Numbers, packed for whoever can unpack them."""
    if not unpacks(request):
        return _numbers(body, headers)
    return packed(request, gzip.compress(body, compresslevel=EFFORT, mtime=0), headers)


def packed(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """Numbers that are packed already, unpacked for whoever can't."""
    if unpacks(request):
        return _numbers(body, {**headers, "Content-Encoding": "gzip"})
    return _numbers(gzip.decompress(body), headers)


def unpacks(request: Request) -> bool:
    """Whether who asks takes gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


def whole_number(name: str, text: str) -> int:
    """A whole number out of an address.

    Raises:
        ConfigError: it is none, or has more digits than any that the lab counts.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ConfigError(name, text[:_SHOWN], f"a whole number of at most {MOST_DIGITS} digits")
    return int(text)


def _numbers(body: bytes, headers: Mapping[str, str]) -> Response:
    varied = {**headers, "Vary": "Accept-Encoding"}
    return Response(body, media_type="application/octet-stream", headers=varied)


def _packed_if_long(work: Callable[[Request], Response], request: Request) -> Response:
    """Do the work and pack a longer JSON answer in the same thread, not in one more."""
    answer = work(request)
    if answer.media_type != "application/json" or len(answer.body) <= _SHORT:
        return answer
    if unpacks(request):
        body = gzip.compress(answer.body, compresslevel=_JSON_EFFORT, mtime=0)
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(body, media_type=answer.media_type, headers=FRESH | headers)
    return answer
