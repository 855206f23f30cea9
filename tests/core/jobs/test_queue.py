from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alexnet_core.data import datasets, statistics, tasks
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.importing.preview import Contents
from alexnet_core.errors import DataError
from alexnet_core.jobs import queue, task
from alexnet_core.jobs.queue import Job, Outcome

PATIENCE = 180.0
# Each is the worker's program with one thing changed.
SLOW_MACHINE = """
real = survey.images.decode
def slow(*given, **named):
    time.sleep(0.02)
    return real(*given, **named)
survey.images.decode = slow
"""
ENDLESS_DOWNLOAD = """
def download(name, progress, on_import):
    for done in range(100_000):
        progress(done * 1000, 100_000_000)
        time.sleep(0.01)
known.download = download
"""
DEAF = """
worker._on_signal = signal.SIG_IGN
jobs.HANDLERS["look"] = lambda: lambda *_: time.sleep(60)
"""
STILLBORN = "raise SystemExit(3)"

PROGRAM = """
import signal, sys, time
from pathlib import Path
from alexnet_core.commands import jobs
from alexnet_core.data import known, tasks
from alexnet_core.data.importing import survey
from alexnet_core.jobs import worker
{change}
sys.exit(worker.main(Path(sys.argv[1]), jobs.HANDLERS))
"""


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that changes the program of all workers to come."""
    real = subprocess.Popen

    def change(text: str) -> None:
        def popen(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
            program = PROGRAM.format(change=text)
            return real([sys.executable, "-c", program, command[-1]], **options)

        monkeypatch.setattr(queue.subprocess, "Popen", popen)

    return change


@pytest.fixture(autouse=True)
def _no_job_survives(home: Path) -> Iterator[None]:
    yield
    for job in queue.listing():
        if job.outcome() is None:
            job.stop()
            ended(job)


def until(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(job: Job) -> Outcome:
    """How the job ended."""
    until(lambda: job.outcome() is not None)
    outcome = job.outcome()
    assert outcome is not None
    return outcome


def wrapped(home: Path, source: Path) -> Path:
    """The ZIP as an upload: alone in a folder of the lab."""
    path = home / "uploads" / "token" / source.name
    path.parent.mkdir(parents=True)
    return source.rename(path)


def work(job: Job) -> int:
    """The process of a job that goes on."""
    until((job.folder / queue.PROCESS).exists)
    return int(json.loads((job.folder / queue.PROCESS).read_text())["process"])


def test_a_zip_becomes_a_data_set_in_another_process(
    home: Path, zipped: Any, two_classes: dict[str, bytes]
) -> None:
    source = wrapped(home, zipped(two_classes))
    job = queue.start(tasks.Look(source=source, temporary=True))
    outcome = ended(job)
    assert Contents.from_json(outcome.result).counts == {"": (10, 10)}
    assert source.exists()

    job = queue.start(
        tasks.Import(source=source, temporary=True, name="pets", percent=(60, 20, 20), seed=4)
    )
    assert ended(job) == Outcome(status="done", result="pets")
    card = datasets.open("pets").card
    assert card.counts == {"train": (6, 6), "val": (2, 2), "test": (2, 2)}
    assert Path(card.source).name == "pets.zip"
    assert not source.parent.exists()
    assert queue.get(job.id) == job
    job.forget()
    assert queue.get(job.id) is None


def test_a_refusal_is_the_sentence_of_the_import_and_the_zip_goes(home: Path, zipped: Any) -> None:
    source = wrapped(home, zipped({"cat/1.png": b"x", "cat/2.png": b"y"}))
    outcome = ended(queue.start(tasks.Look(source=source, temporary=True)))

    assert outcome.status == "failed"
    assert outcome.sentence == "There is only one class (cat); at least two are needed."
    assert not source.parent.exists()


def test_a_folder_is_never_removed(folder: Any, two_classes: dict[str, bytes]) -> None:
    root = folder(two_classes)
    outcome = ended(queue.start(tasks.Import(source=root, name="shapes", percent=(80, 10, 10))))

    assert outcome.status == "failed"
    assert "name is 'shapes'" in outcome.sentence
    assert (root / "cat/0.png").exists()


@pytest.mark.parametrize("inside", ["", "uploads", "uploads/a/b", "elsewhere/a"])
def test_nothing_but_the_folder_of_an_upload_is_ever_removed(home: Path, inside: str) -> None:
    """A source that claims to be an upload and is not must cost nobody a file."""
    stranger = home / inside / "pets.zip"
    stranger.parent.mkdir(parents=True, exist_ok=True)
    stranger.write_bytes(b"mine")
    neighbour = stranger.with_name("neighbour")
    neighbour.write_bytes(b"mine")
    tasks.Look(source=stranger, temporary=True).clean(done=False)
    tasks.drop_upload(stranger)
    assert stranger.exists()
    assert neighbour.exists()

    upload = home / "uploads" / "x" / "pets.zip"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"arrived")
    tasks.Look(source=upload, temporary=True).clean(done=False)
    assert not upload.parent.exists()
    assert upload.parent.parent.exists()


def test_progress_is_told_and_a_stopped_import_leaves_nothing(
    home: Path, zipped: Any, png: Any, changed: Any
) -> None:
    changed(SLOW_MACHINE)
    source = wrapped(home, zipped({f"{c}/{n}.png": png(n) for c in "ab" for n in range(300)}))
    job = queue.start(tasks.Import(source=source, temporary=True, name="ab", percent=(80, 10, 10)))
    until(lambda: job.progress().done)
    progress = job.progress()
    assert (progress.stage, progress.total, progress.unit) == (tasks.LOOKING, 600, "pictures")
    assert 0 < progress.done < 600
    assert job.outcome() is None
    assert any(home.glob("datasets/.partial-*"))

    started = time.monotonic()
    job.stop()
    assert job.stopping
    assert ended(job).status == "stopped"
    assert time.monotonic() - started < queue.STOP_SECONDS
    assert not list(home.glob("datasets/*"))
    assert not source.parent.exists()


def test_after_a_kill_nothing_is_left_and_it_is_said(
    home: Path, zipped: Any, png: Any, changed: Any
) -> None:
    changed(SLOW_MACHINE)
    source = wrapped(home, zipped({f"{c}/{n}.png": png(n) for c in "ab" for n in range(300)}))
    job = queue.start(tasks.Import(source=source, temporary=True, name="ab", percent=(80, 10, 10)))
    until(lambda: any(home.glob("datasets/.partial-*")))
    os.kill(work(job), signal.SIGKILL)
    outcome = ended(job)

    assert outcome.status == "failed"
    assert outcome.sentence == "The work was broken off from outside; nothing of it is kept."
    assert not list(home.glob("datasets/*"))
    assert not source.parent.exists()
    # Another look finds the same.
    assert queue.listing()[0].outcome() == outcome


def test_one_job_a_data_set(zipped: Any, png: Any, changed: Any) -> None:
    changed(SLOW_MACHINE)
    source = zipped({f"{c}/{n}.png": png(n) for c in "ab" for n in range(100)})
    task = tasks.Import(source=source, name="ab", percent=(80, 10, 10))
    job = queue.start(task)

    with pytest.raises(DataError, match="ab is being worked on"):
        queue.start(task)
    job.stop()
    assert ended(job).status == "stopped"
    again = queue.start(task)
    assert again.outcome() is None


def test_who_does_not_stop_is_killed(
    zipped: Any, two_classes: dict[str, bytes], changed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(DEAF)
    monkeypatch.setattr(queue, "STOP_SECONDS", 0.3)
    job = queue.start(tasks.Look(source=zipped(two_classes)))
    work(job)
    job.stop()

    assert ended(job).status == "stopped"


def test_a_worker_that_never_began_is_found_out(
    zipped: Any, two_classes: dict[str, bytes], changed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(STILLBORN)
    job = queue.start(tasks.Look(source=zipped(two_classes)))
    assert job.outcome() is None
    monkeypatch.setattr(queue, "START_SECONDS", 0.0)

    assert ended(job).status == "failed"


def test_a_fault_of_ours_is_a_sentence_and_the_log_has_the_rest(changed: Any) -> None:
    changed("jobs.HANDLERS['measure'] = lambda: lambda *_: 1 / 0")
    job = queue.start(tasks.Measure(name="shapes"))
    outcome = ended(job)

    assert outcome.status == "failed"
    assert outcome.sentence == f"Something went wrong; {job.folder}/log.txt has the details."
    assert "ZeroDivisionError" in (job.folder / "log.txt").read_text()


def test_figures_are_worked_out_in_another_process() -> None:
    name = "shapes:train=40,test=20,size=16"
    assert ended(queue.start(tasks.Measure(name=name))).status == "done"
    assert statistics.load(datasets.open(name)) is not None


def test_pictures_are_set_apart_in_another_process(
    zipped: Any, two_classes: dict[str, bytes]
) -> None:
    import_dataset(zipped(two_classes), name="pets", percent=(80, 0, 20))
    outcome = ended(queue.start(tasks.SetApart(name="pets", percent=25)))

    assert outcome == Outcome(status="done", result="pets")
    assert datasets.open("pets").length("val") == 4


def test_a_download_tells_its_bytes_and_can_be_stopped(changed: Any) -> None:
    changed(ENDLESS_DOWNLOAD)
    job = queue.start(tasks.Download(name="cifar10"))
    until(lambda: job.progress().done)
    progress = job.progress()
    assert (progress.stage, progress.unit) == (tasks.FETCHING, "bytes")
    assert progress.total == 100_000_000
    job.stop()

    assert ended(job).status == "stopped"


def test_ended_jobs_are_forgotten_after_a_week(
    zipped: Any, two_classes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = zipped(two_classes)
    first = queue.start(tasks.Look(source=archive))
    ended(first)
    queue.start(tasks.Look(source=archive))
    assert queue.get(first.id) is not None
    monkeypatch.setattr(queue, "KEPT_SECONDS", 0.0)
    queue.start(tasks.Look(source=archive))

    assert queue.get(first.id) is None


def test_a_task_travels_as_json() -> None:
    wanted = tasks.Import(source=Path("/x"), name="pets", percent=(80, 10, 10), seed=3)
    assert task.read(wanted.to_json()) == wanted
    with pytest.raises(ValueError, match="kind"):
        task.read('{"kind": "delete-everything"}')


_OLD_ERRAND = """{"kind": "errand", "name": "Patches", "function": "os:abort", "arguments": "{}"}"""


@pytest.mark.parametrize(
    "text", [_OLD_ERRAND, '{"kind": 3}', "[]", "", "[" * 9_999, '{"kind": "measure", "x": 1}']
)
def test_a_folder_of_another_version_is_passed_over_and_forgotten_in_time(
    home: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = home / "jobs" / "17f-abc"
    old.mkdir(parents=True)
    (old / queue.TASK).write_text(text)
    monkeypatch.setattr(queue.subprocess, "Popen", lambda *_, **__: _Starting())
    monkeypatch.setattr(queue, "_children", [])
    first = queue.start(tasks.Measure(name="one"))
    assert queue.listing() == [first]
    assert queue.get("17f-abc") is None
    with pytest.raises(ValueError, match="kind|JSON|EOF|recursion|name is None"):
        task.read(text)

    long_ago = time.time() - 2 * queue.KEPT_SECONDS
    os.utime(old / queue.TASK, (long_ago, long_ago))
    second = queue.start(tasks.Measure(name="two"))
    assert not old.exists()
    assert queue.listing() == [first, second]
    # What never begins is no job of the test's end.
    monkeypatch.setattr(queue, "START_SECONDS", 0.0)


class _Starting:
    """A process that has not taken its lock."""

    def poll(self) -> None:
        return None


def test_only_who_does_the_same_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue.subprocess, "Popen", lambda *_, **__: _Starting())
    monkeypatch.setattr(queue, "_children", [])
    one = tasks.Measure(name="one")
    job = queue.join(one)
    assert queue.join(one) == job
    assert queue.going(tasks.Measure(name="other")) is None
    assert queue.under_way(tasks.Measure) == [job]
    assert queue.under_way(tasks.Look, tasks.Import) == []
    with pytest.raises(DataError, match="one is being worked on"):
        queue.join(tasks.SetApart(name="one", percent=10))
    job.stop()
    with pytest.raises(DataError, match="one is being worked on"):
        queue.join(one)
    monkeypatch.setattr(queue, "START_SECONDS", 0.0)
    assert queue.going(one) is None
