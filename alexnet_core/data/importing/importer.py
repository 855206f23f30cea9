"""A folder or a ZIP of pictures becomes a data set.

Every file is decoded once, by a few threads, in the order of its path. In that one look it is
judged, measured and hashed; the bytes of a ZIP's pictures go straight into the new set. One bad
picture is reported and left out, never the whole import. The set appears under its name when all
is done and flushed, and not before.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from alexnet_core import files, home
from alexnet_core.data.cards import (
    CARD,
    MEAN,
    SHAPES,
    DatasetCard,
    comparable,
    folder_of,
    name_from,
)
from alexnet_core.data.catalogue import KNOWN, KnownDataset
from alexnet_core.data.images import LIMITS, ImageLimits
from alexnet_core.data.importing.archives import ArchiveLimits, ZipSource
from alexnet_core.data.importing.layouts import Layout, Member
from alexnet_core.data.importing.sources import FolderSource, Source
from alexnet_core.data.importing.split import Percent, check_percent
from alexnet_core.data.importing.summary import Summary
from alexnet_core.data.importing.survey import Surveyed, portions, survey
from alexnet_core.data.importing.tiny_imagenet import layout_of
from alexnet_core.data.index import PACK
from alexnet_core.data.parallel import in_order
from alexnet_core.data.statistics import find
from alexnet_core.errors import ConfigError, DataError, DiskFullError

Progress = Callable[[int, int], None]
"""Called with the files looked at and the files in all."""


def import_dataset(
    source: Path,
    *,
    name: str | None = None,
    percent: Percent = (80, 10, 10),
    seed: int = 0,
    limits: ArchiveLimits | None = None,
    image_limits: ImageLimits = LIMITS,
    replace: bool = False,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> DatasetCard:
    """Import a folder or ZIP of class folders, with ``train``, ``val``, ``test`` or without.

    The originals stay untouched. A ZIP's pictures are copied into the lab's home; a folder's stay
    where they are and are found there again (the card says which).

    Args:
        source: the folder or the ZIP.
        name: what to call the set; its file's name unless given. Under the name of a published
            set it serves as that set, if its classes are the same.
        percent: shares of train, val and test where the source has no splits of its own.
        seed: of that draw.
        limits: what an archive may hold.
        image_limits: what a picture may weigh.
        replace: whether an own set of that name may be replaced.
        progress: called after each portion of files.
        should_stop: asked after each portion; on true the import ends and leaves nothing.

    Raises:
        ConfigError: the name or the percentages are not allowed.
        ArchiveError: the ZIP is refused as a whole.
        DataError: nothing to learn from: no pictures, one class, a class of one picture; or the
            name is taken, or belongs to a published set with other classes; or it was stopped.
        DiskFullError, HomeError: it can't be written; nothing is left.
    """
    check_percent(percent)
    if not source.exists():
        raise DataError(f"{source} does not exist.")
    name = name_from(source.name if source.is_dir() else source.stem) if name is None else name
    task = partial(
        import_source,
        name=name,
        percent=percent,
        seed=seed,
        image_limits=image_limits,
        replace=replace,
        progress=progress,
        should_stop=should_stop,
    )
    if source.is_dir():
        return task(FolderSource(source))
    with ZipSource(source, limits or ArchiveLimits()) as archive:
        return task(archive)


def import_source(
    source: Source,
    *,
    name: str,
    percent: Percent,
    seed: int,
    image_limits: ImageLimits,
    replace: bool,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> DatasetCard:
    """As `import_dataset`, from any `Source`."""
    folder = folder_of(name)
    if name == SHAPES:
        raise ConfigError("name", name, "any other name; the shapes are drawn")
    if folder.exists() and not replace:
        raise DataError(f"There is a data set {name} already; choose another name or replace it.")
    listed, unread = source.files()
    layout = layout_of(source, listed)
    known = KNOWN.get(name)
    if known:
        layout = _as_published(layout, known)
    check_classes({member.class_name for member in layout.members})
    home.folder("datasets")
    if source.stored == "copied":
        _check_room(folder.parent, sum(member.file.size for member in layout.members))
    summary = Summary()
    summary.reject([*unread, *layout.stray])
    with files.replacing_folder(folder) as temporary:
        parts = _looked_at(layout.members, source, image_limits, progress, should_stop)
        if source.stored == "copied":
            with (temporary / PACK).open("wb") as pack:
                for part in parts:
                    summary.add(part)
                    pack.writelines(part.data)
        else:
            for part in parts:
                summary.add(part)
        classes = known.classes if known else summary.classes()
        index = summary.index(classes, percent, seed, copied=source.stored == "copied")
        index.save(temporary)
        summary.mean_picture().save(temporary / MEAN)
        measures = summary.measures()
        measures.save(temporary)
        card = DatasetCard(
            name=name,
            title=known.title if known else name,
            stored=source.stored,
            split_by=_split_by(layout, percent, seed),
            source=source.origin,
            licence=known.licence if known else "unknown",
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            **summary.facts(classes, index, measures),
        )
        find(card, index.splits, index.labels, measures).save(temporary)
        (temporary / CARD).write_text(card.to_json(), encoding="utf-8")
    return card


def _looked_at(
    members: list[Member],
    source: Source,
    limits: ImageLimits,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> Iterator[Surveyed]:
    done = 0
    look = partial(survey, source=source, limits=limits)
    for part in in_order(look, portions(members)):
        if should_stop and should_stop():
            raise DataError("The import was stopped; nothing of it is kept.")
        yield part
        done += part.looked_at
        if progress:
            progress(done, len(members))


def _as_published(layout: Layout, known: KnownDataset) -> Layout:
    """The same files under the published set's own class names and splits."""
    names = {comparable(name): name for name in known.classes}
    names |= {comparable(alias): name for alias, name in known.aliases.items()}
    found = {member.class_name for member in layout.members}
    strange = sorted(name for name in found if comparable(name) not in names)
    missing = sorted(set(known.classes) - {names.get(comparable(name)) for name in found})
    if strange or missing:
        parts = [("missing", missing), ("unknown", strange)]
        what = "; ".join(f"{kind}: {_some(of)}" for kind, of in parts if of)
        raise DataError(
            f"These are not the classes of {known.title} ({what}); choose a name of your own."
        )
    as_test = known.val_is_test and not any(member.split == "test" for member in layout.members)
    members = [
        Member(
            member.file,
            names[comparable(member.class_name)],
            "test" if as_test and member.split == "val" else member.split,
        )
        for member in layout.members
    ]
    return Layout(members, layout.stray)


def check_classes(names: set[str]) -> None:
    """Refuse what nothing can be learned from.

    Raises:
        DataError: there is no class, or only one.
    """
    if not names:
        raise DataError(
            "There are no pictures in class folders; put each class in a folder of its own."
        )
    if len(names) == 1:
        raise DataError(f"There is only one class ({names.pop()}); at least two are needed.")


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DiskFullError(
            f"The pictures need {needed / 2**20:,.0f} MB and the disk that holds {folder} has "
            f"{free / 2**20:,.0f} MB left; free some room first."
        )


def _split_by(layout: Layout, percent: Percent, seed: int) -> str:
    if layout.members[0].split is not None:
        return "as in the source"
    return f"drawn: {percent[0]}/{percent[1]}/{percent[2]} percent of each class, seed {seed}"


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
