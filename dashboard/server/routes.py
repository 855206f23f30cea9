"""Every address below ``/api``: the routes of the pages and of what they share, joined."""

from __future__ import annotations

from dashboard.common import plotly_script
from dashboard.common.passes import routes as passes_routes
from dashboard.pages.data import uploads
from dashboard.pages.explain import routes as explain_routes
from dashboard.pages.runs import routes as runs_routes

ROUTES = [
    *runs_routes.ROUTES,
    *passes_routes.ROUTES,
    *explain_routes.ROUTES,
    *uploads.ROUTES,
    *plotly_script.ROUTES,
]

UNBOUNDED = frozenset({uploads.PATH})
"""Paths that take as much as the disk has room for, and see to that themselves."""
