"""Whether only people at this machine reach the server."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_local() -> bool:
    """Whether the server listens on loopback and this visitor was not passed on by a proxy."""
    headers = {name.lower(): value for name, value in st.context.headers.to_dict().items()}
    return is_loopback(config.get_option("server.address")) and came_directly(headers)


def came_directly(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers, names in small letters, came by no proxy.

    A page test without a server has no headers at all.
    """
    host = headers.get("host")
    named = host is None or is_loopback(urlsplit(f"//{host}").hostname)
    return named and not any(name in headers for name in _FORWARDED)


def is_loopback(name: str | None) -> bool:
    """Whether a host name or address is this machine's own, by that name alone."""
    if not name:
        # No address means all of them.
        return False
    if name.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
