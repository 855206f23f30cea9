"""A ranking in a process of its own, which pages start and look at."""

from __future__ import annotations

from alexnet_core.config import Config
from alexnet_core.data import datasets
from alexnet_core.errors import DataError
from alexnet_core.inspection import ranking_files
from alexnet_core.inspection.top_activations import rank
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job
from alexnet_core.jobs.tasks import Errand, Report
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel

READING, RANKING = "Reading the network", "Ranking"


class _Wanted(Config):
    """What the process of a job needs to know."""

    reference: str
    dataset: str
    split: str
    key: str


def begin(model: LoadedModel, dataset: str, split: str = "test") -> Job:
    """Rank in a process of its own; joins the one that already does the same.

    Raises:
        UnknownNameError, DatasetNotHereError: there is no such data set here.
        DataError: it can't be opened, or the job is about to stop.
        HomeError: the lab's home can't be written.
    """
    task = _errand(model, dataset, split)
    job = _live(task)
    return job if job is not None and not job.stopping else queue.start(task)


def going(model: LoadedModel, dataset: str, split: str = "test") -> Job | None:
    """The job that ranks this now; None where there is none.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    return _live(_errand(model, dataset, split))


def work(arguments: str, report: Report) -> str:
    """What the process of a job does; returns the ranking's key.

    Raises:
        LabError: as `rank`, and where the run has gone on to another checkpoint since.
    """
    wanted = _Wanted.from_json(arguments)
    report(READING, 0, 0, "")
    model = library.load(wanted.reference)
    if ranking_files.key(model, datasets.open(wanted.dataset), wanted.split) != wanted.key:
        raise DataError(
            f"{wanted.reference} or {wanted.dataset} has changed since this was asked for; "
            "ask again."
        )
    rank(
        model,
        wanted.dataset,
        wanted.split,
        progress=lambda done, total: report(RANKING, done, total, "pictures"),
    )
    return wanted.key


def _errand(model: LoadedModel, dataset: str, split: str) -> Errand:
    wanted = _Wanted(
        reference=model.reference,
        dataset=dataset,
        split=split,
        key=ranking_files.key(model, datasets.open(dataset), split),
    )
    name = f"Strongest patches of {model.reference} on {dataset} ({split})"
    return Errand(name=name, function=f"{__name__}:{work.__name__}", arguments=wanted.to_json())


def _live(task: Errand) -> Job | None:
    same = (job for job in queue.listing() if job.task == task and job.outcome() is None)
    return next(same, None)
