"""A ranking in a process of its own, which pages start and look at."""

from __future__ import annotations

from typing import Literal

from alexnet_core.data import datasets
from alexnet_core.inspection import ranking_files
from alexnet_core.inspection.unit_ranking import rank
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job
from alexnet_core.jobs.task import KeyedTask, Report
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel

READING, RANKING = "Reading the network", "Ranking"


class RankingTask(KeyedTask):
    """Rank the patches of a split; the result is the ranking's key."""

    kind: Literal["ranking"] = "ranking"

    reference: str
    """Of the model."""

    dataset: str

    split: str

    @property
    def target(self) -> str | None:
        """The ranking that is made."""
        return f"Strongest patches of {self.reference} on {self.dataset} ({self.split})"


def begin(model: LoadedModel, dataset: str, split: str = "test") -> Job[RankingTask]:
    """Rank in a process of its own; joins the one that already does the same.

    Raises:
        UnknownNameError, DatasetNotHereError: there is no such data set here.
        DataError: it can't be opened, or the job is about to stop.
        HomeError: the lab's home can't be written.
    """
    return queue.join(_task(model, dataset, split))


def going(model: LoadedModel, dataset: str, split: str = "test") -> Job[RankingTask] | None:
    """The job that ranks this now; None where there is none.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    return queue.going(_task(model, dataset, split))


def do(task: RankingTask, report: Report) -> str:
    """What the process of a job does; returns the ranking's key.

    Raises:
        LabError: as `rank`, and where the run has gone on to another checkpoint since.
    """
    report(READING, 0, 0, "")
    model = library.load(task.reference)
    task.check(
        ranking_files.key(model, datasets.open(task.dataset), task.split),
        task.reference,
        task.dataset,
    )
    rank(
        model,
        task.dataset,
        task.split,
        progress=lambda done, total: report(RANKING, done, total, "pictures"),
    )
    return task.key


def _task(model: LoadedModel, dataset: str, split: str) -> RankingTask:
    return RankingTask(
        reference=model.reference,
        dataset=dataset,
        split=split,
        key=ranking_files.key(model, datasets.open(dataset), split),
    )
