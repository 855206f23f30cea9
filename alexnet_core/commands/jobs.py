"""The process of a job in the background: ``python -P -m alexnet_core.commands.jobs FOLDER``.

Here the rooms' kinds of work meet the one queue. A process imports the room of its own task only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alexnet_core.jobs import worker
from alexnet_core.jobs.task import Report, Task
from alexnet_core.jobs.worker import Handler


def _data() -> Handler:
    from alexnet_core.data import tasks

    return tasks.do


def _ranking() -> Handler:
    from alexnet_core.inspection import ranking_job

    return ranking_job.do


def _report() -> Handler:
    from alexnet_core.explanation import report_job

    return report_job.do


HANDLERS = {
    "look": _data,
    "import": _data,
    "download": _data,
    "measure": _data,
    "set-apart": _data,
    "ranking": _ranking,
    "explanation-report": _report,
}
"""As `worker.Handlers`: every kind of work there is."""


def run(task: Task, report: Report) -> str:
    """Do a task in this process; returns its result.

    Raises:
        LabError: it failed; the message is one sentence.
    """
    return HANDLERS[task.kind]()(task, report)


if __name__ == "__main__":
    sys.exit(worker.main(Path(sys.argv[1]), HANDLERS))
