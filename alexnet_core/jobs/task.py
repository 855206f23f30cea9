"""What a job does: a config that travels to its process as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import PydanticUndefined, from_json

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError, DataError, UnknownNameError

Report = Callable[[str, int, int, str], None]
"""Called with what is being done, how much is done, how much there is in all (0 while unknown)
and of what: pictures or bytes."""

_KINDS: dict[str, type[Task]] = {}


class Task(Config):
    """Work in the background; each kind is a subclass in the room that knows how to do it.

    A subclass gives ``kind`` a value of its own. From then on `read` knows it.
    """

    kind: str
    """Tells the kinds of work apart in a file."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Make a kind known; a base of several kinds has no value and is none."""
        kind = cls.model_fields["kind"].default
        if kind is not PydanticUndefined:
            _KINDS[kind] = cls

    @property
    def target(self) -> str | None:
        """What no second job may work on meanwhile, as people call it; None for nothing."""
        return None

    def clean(self, *, done: bool) -> None:
        """Remove what is the lab's own and of no use any more, once the work has ended.

        Args:
            done: whether it ended well.
        """

    def clean_after_kill(self) -> None:
        """Remove what a process that was killed has left half-made; after `clean`."""


class KeyedTask(Task):
    """Work on things that may change before its process begins."""

    key: str
    """Says which state of them was meant, such as a hash."""

    def check(self, key: str, *things: str) -> None:
        """Refuse to go on where the things are not what they were.

        Args:
            key: of the things as they are now.
            things: what people call them.

        Raises:
            DataError: something has changed.
        """
        if key != self.key:
            named = " or ".join(things)
            raise DataError(f"{named} has changed since this was asked for; ask again.")


def kind_of(text: str | bytes) -> str:
    """The kind of task in a JSON document, known or not.

    Raises:
        ValueError: it is no JSON, or no task.
    """
    document = from_json(text)
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str):
        raise ConfigError("kind", kind, "the name of a kind of task")
    return kind


def read(text: str | bytes) -> Task:
    """A task from the JSON that its ``to_json`` wrote.

    Raises:
        ValueError: it is none, or of a kind that nothing imported here defines.
    """
    kind = kind_of(text)
    if kind not in _KINDS:
        raise UnknownNameError("kind", kind, sorted(_KINDS))
    return _KINDS[kind].from_json(text)
