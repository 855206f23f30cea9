"""Work on data sets that takes longer than a person waits: what is to be done, and its doing.

The tasks are light to import, since pages read them; what does them is imported when it is done.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field

from alexnet_core import home
from alexnet_core.data.cards import folder_of
from alexnet_core.data.importing.split import Percent
from alexnet_core.errors import ConfigError
from alexnet_core.jobs.task import Report, Task

READING, LOOKING, WRITING = "Reading the list of files", "Looking at pictures", "Writing it down"
FETCHING, UNPACKING = "Downloading", "Unpacking"


class SourceTask(Task):
    """A task on a folder or ZIP that somebody brought."""

    source: Path

    temporary: bool = False
    """Whether the source is an upload, alone in a folder of the lab's own."""


class Look(SourceTask):
    """List a folder or ZIP; the result is a `preview.Contents` as JSON."""

    kind: Literal["look"] = "look"

    def clean(self, *, done: bool) -> None:
        """Remove the source where it is an upload that nobody can use."""
        if not done and self.temporary:
            drop_upload(self.source)


class Import(SourceTask):
    """Make a data set; the result is its name."""

    kind: Literal["import"] = "import"

    name: str

    percent: Percent

    seed: int = Field(0, ge=0)

    @property
    def target(self) -> str | None:
        """The data set that is written."""
        return self.name

    def clean(self, *, done: bool) -> None:
        """Remove the source where it is an upload: it is imported, or nobody can use it."""
        if self.temporary:
            drop_upload(self.source)

    def clean_after_kill(self) -> None:
        """Remove the half-made data set."""
        _drop_halves(self.name)


class Download(Task):
    """Fetch a published data set; the result is its name."""

    kind: Literal["download"] = "download"

    name: str

    @property
    def target(self) -> str | None:
        """The data set that is written."""
        return self.name

    def clean_after_kill(self) -> None:
        """Remove the half-made data set."""
        _drop_halves(self.name)


class Measure(Task):
    """Work out the figures of a data set; the result is its name."""

    kind: Literal["measure"] = "measure"

    name: str

    @property
    def target(self) -> str | None:
        """The data set beside which the figures are written."""
        return self.name


class SetApart(Task):
    """Set pictures apart for validation; the result is the data set's name."""

    kind: Literal["set-apart"] = "set-apart"

    name: str

    percent: int

    seed: int = Field(0, ge=0)

    @property
    def target(self) -> str | None:
        """The data set that is changed."""
        return self.name


DataTask = Look | Import | Download | Measure | SetApart


def do(task: DataTask, report: Report) -> str:
    """Do it here and now; returns its result.

    Raises:
        LabError: it failed; the message is one sentence.
    """
    # Each kind brings only what it needs: the first sign of life should come at once.
    from alexnet_core.data import datasets

    if isinstance(task, Look):
        from alexnet_core.data.importing.preview import look

        report(READING, 0, 0, "")
        return look(task.source).to_json()
    if isinstance(task, Import):
        from alexnet_core.data.importing.importer import import_dataset

        report(READING, 0, 0, "")
        import_dataset(
            task.source,
            name=task.name,
            percent=task.percent,
            seed=task.seed,
            progress=_pictures(report),
        )
    elif isinstance(task, Download):
        from alexnet_core.data.known import download

        report(FETCHING, 0, 0, "bytes")
        download(task.name, _bytes(report), on_import=_pictures(report))
    elif isinstance(task, Measure):
        from alexnet_core.data.statistics import measure

        measure(datasets.open(task.name), _pictures(report))
    else:
        from alexnet_core.data.editing import set_apart

        report(WRITING, 0, 0, "")
        set_apart(task.name, task.percent, task.seed)
    return task.name


def drop_upload(source: Path) -> None:
    """Remove the folder of an upload.

    Whatever a task says: nothing but a folder directly below the lab's own ``uploads`` is removed.

    Args:
        source: the file that is alone in it.
    """
    folder = source.resolve().parent
    if folder.parent == (home.home() / "uploads").resolve():
        shutil.rmtree(folder, ignore_errors=True)


def _drop_halves(name: str) -> None:
    with contextlib.suppress(ConfigError):
        folder = folder_of(name)
        for half in folder.parent.glob(f".partial-*-{folder.name}"):
            shutil.rmtree(half, ignore_errors=True)


def _pictures(report: Report) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done < total:
            report(LOOKING, done, total, "pictures")
        else:
            report(WRITING, 0, 0, "")

    return progress


def _bytes(report: Report) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done < total:
            report(FETCHING, done, total, "bytes")
        else:
            report(UNPACKING, 0, 0, "")

    return progress
