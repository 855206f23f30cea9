"""Who may use the routes of the lab: its own pages, and programs of this machine."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def refusal(request: Request) -> Response | None:
    """The answer for a stranger; None for whoever may go on.

    A browser says where a request comes from, and a page can't change that. A foreign name that
    points at this machine is refused by the list that also guards Streamlit's own connection.
    """
    # Streamlit's server is loaded by then, and importing it without one is slow.
    from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        return JSONResponse({"error": "Only pages of the lab may ask this."}, status_code=403)
    if not is_host_allowed(request.headers.get("host")):
        return JSONResponse({"error": "The lab does not answer to this name."}, status_code=403)
    return None
