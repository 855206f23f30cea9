"""The server: what it warms up, what it forbids, what it says when a page fails.

``streamlit run dashboard/app.py`` serves it; so does ``alexnet-lab``.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from alexnet_core.errors import LabError
from dashboard.pages.data import uploads
from dashboard.server import browser_files, routes
from dashboard.server.access import Gate
from dashboard.server.headers import SecurityHeaders

TEND = 1.0
"""Seconds between two looks at the agent of the lab's runs."""

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    threading.Thread(target=_behind_the_page, name="behind", daemon=True).start()
    address = f"http://{config.get_option('server.address')}:{config.get_option('server.port')}"
    print(f"AlexNet Lab is at {address} (Ctrl-C stops it)", flush=True)
    if not config.get_option("server.headless"):
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    yield


def _behind_the_page() -> None:
    """What goes on without a visitor, the first answer first."""
    _warm_up()
    _tend_agent()


def _warm_up() -> None:
    """Have the first answer ready before its page asks for it."""
    uploads.sweep()
    # These bring torch, the one slow import, while the browser starts.
    from alexnet_core.evaluation.classify import classify
    from dashboard.common import caches, samples, visitor

    source = caches.sample(samples.DEFAULT)
    try:
        # The first pass of a network is slow; it is not the one whose time is shown.
        classify(caches.model(visitor.DEFAULT_MODEL), caches.decoded(source))
        caches.answer(source, visitor.DEFAULT_MODEL)
    except LabError as error:
        # The page will say it where it can be read.
        _LOG.warning("The default model gave no answer: %s", error)
    # What is loaded now stays; no collection needs to look at it again.
    gc.collect()
    gc.freeze()


def _tend_agent() -> None:
    """See that queued runs have an agent, also one that replaces a dead one."""
    # It brings the database, which the first sight of the page need not wait for.
    from alexnet_core.orchestration import agent

    while True:
        try:
            agent.tend()
        except LabError as error:
            # The pages say it where it can be read; the next look may find it gone.
            _LOG.warning("%s", error)
        time.sleep(TEND)


def _on_script_error(error: Exception) -> bool:
    """Show a sentence in place of a traceback, which goes to the log."""
    _LOG.error("A page failed", exc_info=error)
    st.error(
        "Something went wrong on this page. Reload it to go on; the details are in the terminal.",
        icon=":material/error:",
    )
    return True


app = st.App(
    Path(__file__).with_name("server") / "router.py",
    lifespan=_lifespan,
    routes=[*routes.ROUTES, *browser_files.ROUTES],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(Gate, routes=routes.ROUTES, unbounded=routes.UNBOUNDED),
    ],
    on_script_error=_on_script_error,
)
