"""Settings in the address bar: several of them in one parameter, ``a=1;b=text``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def joined(settings: Mapping[str, object]) -> str:
    """Names and values as one text that `separate` takes apart again."""
    return ";".join(f"{name}={_written(value)}" for name, value in settings.items())


def separate(texts: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Names and values; what is no JSON is text."""
    for text in texts:
        for setting in text.split(";"):
            name, _, value = setting.partition("=")
            yield name, _read(value)


def _written(value: object) -> str:
    text = value if isinstance(value, str) and ";" not in value else json.dumps(value)
    # Settings stand between semicolons.
    return text.replace(";", "\\u003b")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
