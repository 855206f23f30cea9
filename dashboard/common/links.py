"""What stands in links: a table a page, of names, defaults, and how each is read and written.

A link opens a page as it was left. A parameter at its default is left out, and a text that names
nothing known is passed over, so that an old link still opens the page. Names are for ever: links
stand in mails and lessons.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

S = TypeVar("S")

MOST_DIGITS = 6
"""Digits of a number in a link: no unit, class, epoch or place needs more."""

_REMEMBERED = 100


@dataclass(frozen=True)
class Parameter(Generic[S]):
    """One name in the address bar and the part of a page's state that it stands for."""

    name: str
    read: Callable[[S, str], object]
    """Takes a text of a link into a state; called for each where the name stands several times."""
    write: Callable[[S], str | None]
    """The text for a state; None where there is nothing to say."""
    default: str | None = None
    """The text that is left out."""


class Link(Generic[S]):
    """The table of one page, and what this session wrote of it into the address bar.

    Args:
        page: names the table.
        parameters: in the order of a link, which is also that of reading.
        remembered: how many of the session's own links are known again, as the browser says one
            a moment after it was written.
    """

    def __init__(self, page: str, *parameters: Parameter[S], remembered: int = _REMEMBERED) -> None:
        self.parameters = parameters
        self._key, self._remembered = f"link-{page}", remembered

    def said(self) -> dict[str, list[str]]:
        """What the address bar says of it."""
        names = (parameter.name for parameter in self.parameters)
        return {name: found for name in names if (found := st.query_params.get_all(name))}

    def is_another(self) -> bool:
        """Whether the address bar says something that this session did not write there itself."""
        said = self.said()
        return bool(said) and said not in self._published()

    def take(self, state: S) -> None:
        """Bring a state to what the address bar says."""
        said = self.said()
        for parameter in self.parameters:
            for text in said.get(parameter.name, ()):
                parameter.read(state, text)

    def written(self, state: S, whole: Iterable[str] = ()) -> dict[str, str]:
        """The parameters of a state, without defaults but for those named in ``whole``."""
        texts = {parameter.name: parameter.write(state) for parameter in self.parameters}
        defaults = {parameter.name: parameter.default for parameter in self.parameters}
        return {
            name: text
            for name, text in texts.items()
            if text is not None and (name in whole or text != defaults[name])
        }

    def remember(self) -> None:
        """Know what stands in the address bar now as this session's own."""
        self._published().append(self.said())

    def _published(self) -> deque[dict[str, list[str]]]:
        found = st.session_state.setdefault(self._key, deque(maxlen=self._remembered))
        assert isinstance(found, deque)
        return found


def text(name: str, attribute: str, default: str | None = None) -> Parameter[Any]:
    """A text that is taken as it is."""
    return Parameter(
        name,
        lambda state, said: setattr(state, attribute, said),
        lambda state: str(getattr(state, attribute)),
        default,
    )


def number(
    name: str, attribute: str, default: int | None = None, *, always: bool = False
) -> Parameter[Any]:
    """A whole number, or none; with ``always`` also the default is written."""

    def read(state: Any, said: str) -> None:
        found = whole(said)
        setattr(state, attribute, default if found is None else found)

    def write(state: Any) -> str | None:
        value = getattr(state, attribute)
        return None if value is None else str(value)

    return Parameter(name, read, write, None if default is None or always else str(default))


def one_of(name: str, attribute: str, allowed: Sequence[str]) -> Parameter[Any]:
    """One of several texts, the first unless said otherwise; in a link they are `short`."""
    known = {short(one): one for one in allowed}

    def read(state: Any, said: str) -> None:
        setattr(state, attribute, known.get(said, allowed[0]))

    return Parameter(name, read, lambda state: short(getattr(state, attribute)), short(allowed[0]))


def short(title: str) -> str:
    """A title as it stands in a link."""
    return title.lower().replace(" ", "-")


def whole(said: str) -> int | None:
    """The whole number that a text is; None where it is none."""
    fits = said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS
    return int(said) if fits else None


def joined(settings: Mapping[str, object]) -> str:
    """Several settings as one text, ``a=1;b=text``, that `separate` takes apart again."""
    return ";".join(f"{name}={_written(value)}" for name, value in settings.items())


def separate(said: str) -> Iterator[tuple[str, Any]]:
    """Names and values; what is no JSON is text."""
    for setting in said.split(";"):
        name, _, value = setting.partition("=")
        yield name, _read(value)


def _written(value: object) -> str:
    said = value if isinstance(value, str) and ";" not in value else json.dumps(value)
    # Settings stand between semicolons.
    return said.replace(";", "\\u003b")


def _read(said: str) -> Any:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return said
