"""Work on data sets that takes longer than a person waits: what is to be done, and its doing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from alexnet_core.config import Config
from alexnet_core.data.importing.split import Percent

Report = Callable[[str, int, int, str], None]
"""Called with what is being done, how much is done, how much there is in all (0 while unknown)
and of what: pictures or bytes."""

READING, LOOKING, WRITING = "Reading the list of files", "Looking at pictures", "Writing it down"
FETCHING, UNPACKING = "Downloading", "Unpacking"


class Look(Config):
    """List a folder or ZIP; the result is a `looking.Contents` as JSON."""

    kind: Literal["look"] = "look"

    source: Path

    temporary: bool = False
    """Whether the source is alone in a folder of the lab's own, which goes if this fails."""

    @property
    def target(self) -> str | None:
        """The data set that is written: none."""
        return None


class Import(Config):
    """Make a data set; the result is its name."""

    kind: Literal["import"] = "import"

    source: Path

    temporary: bool = False
    """Whether the source is alone in a folder of the lab's own, which goes when all is done."""

    name: str

    percent: Percent

    seed: int = Field(0, ge=0)

    @property
    def target(self) -> str | None:
        """The data set that is written."""
        return self.name


class Download(Config):
    """Fetch a published data set; the result is its name."""

    kind: Literal["download"] = "download"

    name: str

    @property
    def target(self) -> str | None:
        """The data set that is written."""
        return self.name


class Measure(Config):
    """Work out the figures of a data set; the result is its name."""

    kind: Literal["measure"] = "measure"

    name: str

    @property
    def target(self) -> str | None:
        """The data set beside which the figures are written."""
        return self.name


class SetApart(Config):
    """Set pictures apart for validation; the result is the data set's name."""

    kind: Literal["set-apart"] = "set-apart"

    name: str

    percent: int

    seed: int = Field(0, ge=0)

    @property
    def target(self) -> str | None:
        """The data set that is changed."""
        return self.name


class Errand(Config):
    """Work of a room above this one, which is named instead of imported; the result is its own."""

    kind: Literal["errand"] = "errand"

    name: str
    """What people call it."""

    function: str = Field(pattern=r"^alexnet_core(\.[a-z_]+)+:[a-z_]+$")
    """``module:function`` of this package; takes the arguments and a `Report`, returns a text."""

    arguments: str
    """For the function, such as a config as JSON."""

    @property
    def target(self) -> str | None:
        """What no second job may work on meanwhile."""
        return self.name


Task = Annotated[
    Look | Import | Download | Measure | SetApart | Errand, Field(discriminator="kind")
]
_TASK: TypeAdapter[Task] = TypeAdapter(Task)


def read(text: str | bytes) -> Task:
    """A task from the JSON that its ``to_json`` wrote.

    Raises:
        ValueError: it is none.
    """
    return _TASK.validate_json(text)


def run(task: Task, report: Report) -> str:
    """Do it here and now; returns its result.

    Raises:
        LabError: it failed; the message is one sentence.
    """
    # Each kind brings only what it needs: the first sign of life should come at once.
    if isinstance(task, Errand):
        module, _, function = task.function.partition(":")
        return str(getattr(importlib.import_module(module), function)(task.arguments, report))
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
        from alexnet_core.data.measurement import measure

        measure(datasets.open(task.name), _pictures(report))
    else:
        from alexnet_core.data.editing import set_apart

        report(WRITING, 0, 0, "")
        set_apart(task.name, task.percent, task.seed)
    return task.name


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
