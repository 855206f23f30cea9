"""A report in a process of its own, which pages start and look at."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from alexnet_core.config import Config
from alexnet_core.data import datasets
from alexnet_core.errors import ConfigError, DataError
from alexnet_core.explanation.evaluation import report as reports
from alexnet_core.explanation.evaluation import report_files
from alexnet_core.explanation.evaluation.report_schema import ReportOptions
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job
from alexnet_core.jobs.tasks import Errand, Report
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel

READING, EXPLAINING = "Reading the network", "Explaining"

_FUNCTION = f"{__name__}:work"


class _Wanted(Config):
    """What the process of a job needs to know."""

    reference: str
    dataset: str
    options: ReportOptions
    place: str
    """Where the report will lie; says which weights and pictures are meant."""


@dataclass(frozen=True, kw_only=True)
class Making:
    """A report that is being made."""

    job: Job
    dataset: str
    options: ReportOptions


def begin(model: LoadedModel, dataset: str, options: ReportOptions | None = None) -> Job:
    """Make a report in a process of its own; joins the one that already does the same.

    `report.load` gives it once the job has ended.

    Raises:
        UnknownNameError, DatasetNotHereError: there is no such data set here.
        DataError: it can't be opened, another report on it is being made, or the job is about to
            stop.
        HomeError: the lab's home can't be written.
    """
    task = _errand(model, dataset, options or ReportOptions())
    job = _live(task)
    return job if job is not None and not job.stopping else queue.start(task)


def going(model: LoadedModel, dataset: str, options: ReportOptions | None = None) -> Job | None:
    """The job that makes this report now; None where there is none.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    return _live(_errand(model, dataset, options or ReportOptions()))


def making(model: LoadedModel) -> list[Making]:
    """The reports on what these weights compute that are being made now, the oldest first."""
    found = []
    for job in queue.listing():
        if not isinstance(job.task, Errand) or job.task.function != _FUNCTION:
            continue
        with contextlib.suppress(ConfigError):
            # One that another version of the lab began may not be read.
            wanted = _Wanted.from_json(job.task.arguments)
            own = wanted.place.partition("/")[0] == report_files.folder_of(model).name
            if own and job.outcome() is None:
                found.append(Making(job=job, dataset=wanted.dataset, options=wanted.options))
    return found


def work(arguments: str, report: Report) -> str:
    """What the process of a job does; returns where the report lies.

    Raises:
        LabError: as `report.make`, and where the run has gone on to another checkpoint since.
    """
    wanted = _Wanted.from_json(arguments)
    report(READING, 0, 0, "")
    model = library.load(wanted.reference)
    if _place(model, wanted.dataset, wanted.options) != wanted.place:
        raise DataError(
            f"{wanted.reference} or {wanted.dataset} has changed since this was asked for; "
            "ask again."
        )
    reports.make(
        model,
        wanted.dataset,
        wanted.options,
        progress=lambda done, total: report(EXPLAINING, done, total, "pictures"),
    )
    return wanted.place


def _errand(model: LoadedModel, dataset: str, options: ReportOptions) -> Errand:
    wanted = _Wanted(
        reference=model.reference,
        dataset=dataset,
        options=options,
        place=_place(model, dataset, options),
    )
    name = f"Explanations of {model.reference} on {dataset} ({options.split})"
    return Errand(name=name, function=_FUNCTION, arguments=wanted.to_json())


def _place(model: LoadedModel, dataset: str, options: ReportOptions) -> str:
    path = report_files.path_of(model, datasets.open(dataset), options)
    return f"{path.parent.name}/{path.stem}"


def _live(task: Errand) -> Job | None:
    same = (job for job in queue.listing() if job.task == task and job.outcome() is None)
    return next(same, None)
