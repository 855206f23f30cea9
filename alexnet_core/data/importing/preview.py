"""What a folder or a ZIP holds, told before any of its pictures is decoded or copied."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

from alexnet_core.config import Config
from alexnet_core.data.cards import SPLITS, comparable, name_from
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.images import may_be_picture
from alexnet_core.data.importing.archives import ArchiveLimits, ZipSource
from alexnet_core.data.importing.importer import check_classes
from alexnet_core.data.importing.layouts import Layout
from alexnet_core.data.importing.sources import FolderSource, Source
from alexnet_core.data.importing.split import Percent, shares
from alexnet_core.data.importing.tiny_imagenet import layout_of
from alexnet_core.errors import DataError


class Contents(Config):
    """A source as its folders and file names tell it; some files may turn out to be no pictures."""

    name: str
    """What the set could be called."""

    kind: Literal["folder", "zip"]

    classes: tuple[str, ...]
    """Names of the class folders, sorted."""

    counts: dict[str, tuple[int, ...]]
    """Split -> files of each class; under ``""`` where the source has no splits of its own."""

    total_bytes: int
    """Bytes of the files in class folders."""

    left_out: int
    """Files that will surely be left out: outside class folders, links, or not named as pictures
    are."""

    published: str | None = None
    """The published set that has these classes."""

    @property
    def split(self) -> bool:
        """Whether the source has splits of its own."""
        return "" not in self.counts

    @property
    def pictures(self) -> int:
        """Files in all that may be pictures."""
        return sum(sum(of) for of in self.counts.values())

    def planned(self, percent: Percent) -> dict[str, tuple[int, ...]]:
        """Split -> pictures of each class, as an import with these percentages would have them.

        Args:
            percent: shares of train, val and test; no matter where the source has splits.
        """
        if self.split:
            return self.counts
        parts = [shares(count, percent) if count else (0, 0, 0) for count in self.counts[""]]
        return {
            split: tuple(part[place] for part in parts)
            for place, split in enumerate(SPLITS)
            if percent[place]
        }


def look(source: Path, limits: ArchiveLimits | None = None) -> Contents:
    """List a folder or ZIP.

    Raises:
        ArchiveError: the ZIP is refused as a whole.
        DataError: there is no such thing, or nothing in it to learn from.
    """
    if source.is_dir():
        return _told(FolderSource(source), source.name, "folder")
    if not source.exists():
        raise DataError(f"{source} does not exist.")
    with ZipSource(source, limits or ArchiveLimits()) as archive:
        return _told(archive, source.stem, "zip")


def _told(source: Source, title: str, kind: Literal["folder", "zip"]) -> Contents:
    listed, unread = source.files()
    whole = layout_of(source, listed)
    layout = Layout(
        [member for member in whole.members if may_be_picture(member.file.path)], whole.stray
    )
    check_classes({member.class_name for member in layout.members})
    classes = tuple(sorted({member.class_name for member in layout.members}))
    found = Counter((member.split or "", member.class_name) for member in layout.members)
    for name in classes:
        if sum(found[split, name] for split in ("", *SPLITS)) < 2:
            raise DataError(
                f"The class {name} has only one picture; each needs one to learn from and one to "
                "test with."
            )
    splits = [split for split in ("", *SPLITS) if any(found[split, name] for name in classes)]
    return Contents(
        name=name_from(title),
        kind=kind,
        classes=classes,
        counts={split: tuple(found[split, name] for name in classes) for split in splits},
        total_bytes=sum(member.file.size for member in layout.members),
        left_out=len(unread) + len(whole.stray) + len(whole.members) - len(layout.members),
        published=_published(classes),
    )


def _published(classes: tuple[str, ...]) -> str | None:
    """The published set with these class names, whoever spelled them."""
    for known in KNOWN.values():
        names = {comparable(name): name for name in known.classes}
        names |= {comparable(alias): name for alias, name in known.aliases.items()}
        found = [names.get(comparable(name)) for name in classes]
        if set(found) == set(known.classes):
            return known.name
    return None
