"""The table of data sets: what there is, here and to be fetched, and each by its name.

A set's pictures are read one by one through `open`; training takes them decoded, from
`cache.pixels`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from alexnet_core import files, home
from alexnet_core.data.cards import CARD, SHAPES, DatasetCard, folder_of
from alexnet_core.data.catalogue import KNOWN, KnownDataset
from alexnet_core.data.dataset import Dataset, DrawnDataset, StoredDataset
from alexnet_core.data.shapes import CLASSES, ShapesConfig
from alexnet_core.errors import ConfigError, DataError, DatasetNotHereError, UnknownNameError

__all__ = ["Dataset", "DatasetCard", "DatasetEntry", "delete", "listing", "names", "open"]


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """One line of the table."""

    name: str
    title: str
    here: bool
    """Whether it can be opened now."""
    classes: int
    train: int
    """Pictures to train on."""
    val: int
    """Pictures to validate on."""
    test: int
    size_mb: float
    """Megabytes that it takes, or would take to download."""
    licence: str
    purpose: str

    @property
    def pictures(self) -> int:
        """Pictures in all."""
        return self.train + self.val + self.test


def listing() -> list[DatasetEntry]:
    """Shapes, then the published sets, then those that people imported, by name.

    A set whose card can't be read is listed as not here.
    """
    own = sorted(set(_imported()) - set(KNOWN))
    return [
        _shapes(),
        *(_published(known) for known in KNOWN.values()),
        *filter(None, map(_own, own)),
    ]


def names() -> list[str]:
    """What `open` knows, here or not."""
    return [SHAPES, *KNOWN, *sorted(set(_imported()) - set(KNOWN))]


def open(name: str) -> Dataset:
    """A data set by its name.

    ``shapes`` needs no files; ``shapes:size=48,train=2000,test=500,seed=3`` draws others.

    Raises:
        UnknownNameError: there is none, and none is known, of that name.
        DatasetNotHereError: a published set that has to be fetched first.
        DataError: its files are damaged.
        ConfigError: a wrong field after ``shapes:``.
    """
    base, _, fields = name.partition(":")
    if base == SHAPES:
        return DrawnDataset(name, ShapesConfig.parse(fields))
    if name not in names():
        raise UnknownNameError("dataset", name, names())
    card = folder_of(name) / CARD
    if not card.is_file():
        raise DatasetNotHereError(
            f"{KNOWN[name].title} is not on this machine yet; `alexnet-lab data download {name}` "
            f"fetches it ({KNOWN[name].size_mb} MB), `alexnet-lab data import FILE --name {name}` "
            "takes it from a ZIP or a folder."
        )
    # A set that was replaced under its name has another card, so the old one is never served.
    return _open(card.parent, card.stat().st_mtime_ns)


def delete(name: str) -> None:
    """Remove an imported set; an indexed one leaves its pictures where they are.

    Raises:
        UnknownNameError: no set of that name was imported.
        DataError: a run needs it.
        HomeError: it can't be removed.
    """
    if name not in _imported():
        raise UnknownNameError("dataset", name, _imported())
    refuse_while_used(name, "deleted")
    folder = folder_of(name)
    # In one step, so that nobody opens half a set.
    gone = folder.with_name(f".old-{uuid4().hex}")
    try:
        folder.rename(gone)
    except OSError as error:
        raise files.explain(error, folder) from error
    shutil.rmtree(gone, ignore_errors=True)


def runs_of(dataset: str) -> tuple[str, ...]:
    """The runs of a data set that have not ended, the newest first.

    Raises:
        StoreError: the database of runs can't be reached.
    """
    # It brings a database, which looking at pictures does not need.
    from alexnet_core.runs.store import Store

    listed = Store.open().listing()
    return tuple(run.id for run in listed if run.dataset == dataset and not run.status.ended)


def refuse_while_used(dataset: str, what: str) -> None:
    """Nothing where no run needs the set.

    Args:
        dataset: its name.
        what: what would be done to it, for the message: deleted, say.

    Raises:
        DataError: a run needs it.
        StoreError: nobody can tell.
    """
    runs = runs_of(dataset)
    if runs:
        named = ", ".join(runs[:3]) + (f" and {len(runs) - 3} more" if len(runs) > 3 else "")
        raise DataError(
            f"{dataset} can't be {what} while a run needs it ({named}); stop the run or wait "
            "until it has ended."
        )


@lru_cache(maxsize=8)
def _open(folder: Path, _: int) -> StoredDataset:
    return StoredDataset(folder, _card(folder))


def _card(folder: Path) -> DatasetCard:
    try:
        return DatasetCard.from_json((folder / CARD).read_bytes())
    except (OSError, ConfigError) as error:
        raise DataError(f"{folder / CARD} is damaged; import the data set again.") from error


def _imported() -> list[str]:
    cards = (home.home() / "datasets").glob(f"*/{CARD}")
    return [card.parent.name for card in cards if not card.parent.name.startswith(".")]


def _shapes() -> DatasetEntry:
    default = ShapesConfig()
    return DatasetEntry(
        name=SHAPES,
        title="Shapes",
        here=True,
        classes=len(CLASSES),
        train=default.train,
        val=default.val,
        test=default.test,
        size_mb=0,
        licence="Apache-2.0",
        purpose="Drawn objects with known outlines: a first run without a download.",
    )


def _published(known: KnownDataset) -> DatasetEntry:
    own = _own(known.name)
    return DatasetEntry(
        name=known.name,
        title=known.title,
        here=own is not None,
        classes=len(known.classes),
        train=own.train if own else known.train,
        val=own.val if own else known.val,
        test=own.test if own else known.test,
        size_mb=own.size_mb if own else known.size_mb,
        licence=known.licence,
        purpose=known.purpose,
    )


def _own(name: str) -> DatasetEntry | None:
    folder = folder_of(name)
    if not (folder / CARD).is_file():
        return None
    try:
        card = _card(folder)
    except DataError:
        # One damaged card must not hide all other sets; opening that one says what is wrong.
        return None
    return DatasetEntry(
        name=name,
        title=card.title,
        here=True,
        classes=len(card.classes),
        train=card.length("train"),
        val=card.length("val"),
        test=card.length("test"),
        size_mb=round(card.total_bytes / 1e6, 1),
        licence=card.licence,
        purpose=f"Imported from {Path(card.source).name}.",
    )
