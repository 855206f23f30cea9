"""Which class and which split the folders of a source mean."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from alexnet_core.data.cards import Rejected
from alexnet_core.data.importing.sources import File

_SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_LITTER = {"__macosx", "thumbs.db", "desktop.ini"}


class Member(NamedTuple):
    """A file that stands in a class folder."""

    file: File
    class_name: str
    split: str | None
    """As its folder says; None where the source has no splits."""


class Layout(NamedTuple):
    """The files of a source, sorted by path."""

    members: list[Member]
    stray: list[Rejected]
    """Files outside any class folder."""


def arrange(files: list[File]) -> Layout:
    """Read classes and splits off the folders.

    ``cat/1.jpg`` is of class cat. Where the top folders are ``train`` with ``val`` or ``test``,
    the classes stand below them. One folder around everything is passed over, deeper folders
    within a class are part of it, and what operating systems leave behind (``__MACOSX``,
    ``.DS_Store``, ``Thumbs.db``) is not even mentioned. Names are brought to one Unicode form:
    macOS writes an é as two characters.
    """
    paths = [(file, _parts(file.path)) for file in sorted(files)]
    paths = [(file, parts) for file, parts in paths if not any(map(_is_litter, parts))]
    wrapped = 0
    while _is_wrapped([parts[wrapped:] for _, parts in paths]):
        wrapped += 1
    tops = {_split_of(parts[wrapped]) for _, parts in paths if len(parts) > wrapped + 2}
    has_splits = "train" in tops and bool(tops & {"val", "test"})
    members, stray = [], []
    for file, parts in paths:
        inner = parts[wrapped:]
        split = _split_of(inner[0]) if has_splits and inner else None
        below = inner[1:] if has_splits else inner
        if len(below) < 2 or (has_splits and split is None):
            where = "train, val or test and a class" if has_splits else "a class"
            stray.append(
                Rejected(name=file.path, reason=f"{parts[-1]} is not in the folder of {where}.")
            )
        else:
            members.append(Member(file, below[0], split))
    return Layout(members, stray)


def _parts(path: str) -> list[str]:
    return [part.strip() for part in unicodedata.normalize("NFC", path).split("/") if part.strip()]


def _is_litter(part: str) -> bool:
    return part.startswith(".") or part.casefold() in _LITTER


def _is_wrapped(paths: list[list[str]]) -> bool:
    inside = [parts for parts in paths if len(parts) > 1]
    # Without a folder below it, the one folder is a class.
    return len({parts[0] for parts in inside}) == 1 and any(len(parts) > 2 for parts in inside)


def _split_of(folder: str) -> str | None:
    return _SPLIT_FOLDERS.get(folder.casefold())
