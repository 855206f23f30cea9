"""A report in a process of its own, which pages start and look at."""

from __future__ import annotations

from typing import Literal

from alexnet_core.data import datasets
from alexnet_core.explanation.evaluation import report as reports
from alexnet_core.explanation.evaluation import report_files
from alexnet_core.explanation.evaluation.report_schema import ReportOptions
from alexnet_core.jobs import queue
from alexnet_core.jobs.queue import Job
from alexnet_core.jobs.task import KeyedTask, Report
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel

READING, EXPLAINING = "Reading the network", "Explaining"


class ReportTask(KeyedTask):
    """Make a report; its key, ``folder/name``, says where it will lie and is the result."""

    kind: Literal["explanation-report"] = "explanation-report"

    reference: str
    """Of the model."""

    dataset: str

    options: ReportOptions

    @property
    def target(self) -> str | None:
        """The report that is made; one at a time of a model and a split."""
        return f"Explanations of {self.reference} on {self.dataset} ({self.options.split})"


def begin(
    model: LoadedModel, dataset: str, options: ReportOptions | None = None
) -> Job[ReportTask]:
    """Make a report in a process of its own; joins the one that already does the same.

    `report.load` gives it once the job has ended.

    Raises:
        UnknownNameError, DatasetNotHereError: there is no such data set here.
        DataError: it can't be opened, another report on it is being made, or the job is about to
            stop.
        HomeError: the lab's home can't be written.
    """
    return queue.join(_task(model, dataset, options or ReportOptions()))


def going(
    model: LoadedModel, dataset: str, options: ReportOptions | None = None
) -> Job[ReportTask] | None:
    """The job that makes this report now; None where there is none.

    Raises:
        UnknownNameError, DatasetNotHereError, DataError: the data set can't be opened.
    """
    return queue.going(_task(model, dataset, options or ReportOptions()))


def making(model: LoadedModel) -> list[Job[ReportTask]]:
    """The reports on what these weights compute that are being made now, the oldest first."""
    own = report_files.folder_of(model).name
    return [job for job in queue.under_way(ReportTask) if job.task.key.partition("/")[0] == own]


def do(task: ReportTask, report: Report) -> str:
    """What the process of a job does; returns where the report lies.

    Raises:
        LabError: as `report.make`, and where the run has gone on to another checkpoint since.
    """
    report(READING, 0, 0, "")
    model = library.load(task.reference)
    task.check(_key(model, task.dataset, task.options), task.reference, task.dataset)
    reports.make(
        model,
        task.dataset,
        task.options,
        progress=lambda done, total: report(EXPLAINING, done, total, "pictures"),
    )
    return task.key


def _task(model: LoadedModel, dataset: str, options: ReportOptions) -> ReportTask:
    return ReportTask(
        reference=model.reference,
        dataset=dataset,
        options=options,
        key=_key(model, dataset, options),
    )


def _key(model: LoadedModel, dataset: str, options: ReportOptions) -> str:
    path = report_files.path_of(model, datasets.open(dataset), options)
    return f"{path.parent.name}/{path.stem}"
