"""The one gate before everything below ``/api``: who asks, what may be sent, what is refused.

A browser says where a request comes from (``Sec-Fetch-Site``, ``Origin``), and a page can't change
that. To an address without TLS that is not this machine's own it says nothing of the first; then
the request has to bring the token that the lab hands out with its pages, in a cookie that no
script can read and no other site's page sends along. Programs of this machine need none.

Whatever is refused or fails is ``{"error": sentence}`` with its status, also where there is no
such address.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alexnet_core.errors import ConfigError, LabError, UnknownNameError
from dashboard.common import compat, http
from dashboard.common.locality import came_directly, is_loopback

MOST_QUERY = 2**14
"""Bytes that may stand behind the ``?`` of an address; a painted mask takes less than 2,000."""

MOST_BODY = 2**16
"""Bytes of a body, but for routes that bound it by themselves."""

_TOKEN = secrets.token_urlsafe(24)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    """Who asks."""

    name: str


LOCAL = Person("local")
"""Whoever sits at the lab: it knows no names yet."""


class _RefusedError(Exception):
    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers


def who_is(request: Request) -> Person:
    """The person behind a request that comes from the lab's own pages or this machine.

    Raises:
        _RefusedError: it comes from elsewhere.
    """
    headers = request.headers
    host, origin, site = (headers.get(name) for name in ("host", "origin", "sec-fetch-site"))
    if not compat.is_host_allowed(host):
        raise _RefusedError(403, "The lab does not answer to this name.")
    if site not in (None, "same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != host
    ):
        raise _RefusedError(403, "Only pages of the lab may ask this.")
    if site is None and not _is_local_program(request):
        brought = request.cookies.get(_cookie(request.scope), "")
        if not secrets.compare_digest(brought.encode(), _TOKEN.encode()):
            raise _RefusedError(403, "Only pages of the lab may ask this; reload the page.")
    return LOCAL


class Gate:
    """ASGI middleware that lets through to the routes what may reach them.

    Routes find who asks in ``request.user``.

    Args:
        app: what is behind it.
        routes: all that there is below ``/api``.
        unbounded: paths whose bodies are bounded by their routes.
    """

    def __init__(
        self, app: ASGIApp, routes: Sequence[Route], unbounded: frozenset[str] = frozenset()
    ) -> None:
        self._app, self._routes, self._unbounded = app, routes, unbounded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/api" or scope["path"].startswith("/api/"):
            await self._guarded(scope, receive, send)
        else:
            await self._app(scope, receive, _with_token(scope, send))

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            request = Request(scope, receive)
            scope["user"] = who_is(request)
            self._check(request)
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun:
                raise
            await _sentence(error)(scope, receive, send)

    def _check(self, request: Request) -> None:
        """Look at how much is sent, and whether there is somebody to take it."""
        if len(request.scope["query_string"]) > MOST_QUERY:
            raise _RefusedError(414, f"What is asked is longer than {MOST_QUERY:,} bytes.")
        found = [(route, route.matches(request.scope)[0]) for route in self._routes]
        if all(match is not Match.FULL for _, match in found):
            methods = {
                method
                for route, match in found
                if match is Match.PARTIAL
                for method in route.methods or ()
            }
            if methods:
                allowed = ", ".join(sorted(methods))
                raise _RefusedError(405, f"This address takes {allowed}.", allow=allowed)
            raise _RefusedError(404, "There is nothing at this address.")
        if request.url.path in self._unbounded:
            return
        if "transfer-encoding" in request.headers:
            raise _RefusedError(411, "The size of what is sent has to be stated.")
        stated = request.headers.get("content-length", "0")
        if (
            len(stated) > http.MOST_DIGITS
            or http.whole_number("content-length", stated) > MOST_BODY
        ):
            raise _RefusedError(413, f"What is sent is larger than {MOST_BODY:,} bytes.")


def _sentence(error: Exception) -> Response:
    """What a person is told of an error."""
    if isinstance(error, _RefusedError):
        answer = http.refusal(error.sentence, error.status)
        answer.headers.update(error.headers)
        return answer
    if isinstance(error, UnknownNameError):
        return http.refusal(str(error), 404)
    if isinstance(error, ConfigError):
        return http.refusal(str(error), 400)
    if isinstance(error, LabError):
        return http.refusal(str(error), 503)
    _LOG.error("A route failed", exc_info=error)
    return http.refusal("Something went wrong; the details are in the terminal.", 500)


def _is_local_program(request: Request) -> bool:
    """Whether a program of this machine asks that is no browser, and not for somebody else."""
    near = request.client is None or is_loopback(request.client.host)
    browser = request.headers.get("user-agent", "").startswith("Mozilla/")
    return near and not browser and came_directly(request.headers)


def _with_token(scope: Scope, send: Send) -> Send:
    """Hand the token out with a page; whoever asks for a page takes HTML."""
    request = Request(scope)
    name = _cookie(scope)
    if "text/html" not in request.headers.get("accept", ""):
        return send
    if request.cookies.get(name) == _TOKEN:
        return send

    async def handing(message: Message) -> None:
        if message["type"] == "http.response.start":
            secure = "; Secure" if scope["scheme"] == "https" else ""
            MutableHeaders(scope=message).append(
                "set-cookie", f"{name}={_TOKEN}; Path=/; HttpOnly; SameSite=Strict{secure}"
            )
        await send(message)

    return handing


def _cookie(scope: Scope) -> str:
    """The cookie's name; a browser keeps one jar for all labs of a machine, whatever their port."""
    server = scope.get("server")
    return f"alexnet-lab-{server[1] if server else 0}"
