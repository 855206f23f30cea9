"""Why a value is refused, said beside its field."""

from __future__ import annotations

from typing import Any

from alexnet_core.errors import ConfigError


def sentence(error: ConfigError) -> str:
    """A refusal for a place beside the field, which needs no name there."""
    allowed = error.allowed.rstrip(".")
    if error.value in (None, "", ()):
        return f"Nothing is filled in. Allowed: {allowed}."
    return f"{shown(error.value)} can't be used. Allowed: {allowed}."


def shown(value: Any) -> str:
    """A value as a person would write it."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "On" if value else "Off"
    return f"{value:g}" if isinstance(value, float) else str(value)
