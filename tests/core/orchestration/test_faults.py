"""What goes wrong with real runs: each fault is injected into real processes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from alexnet_core.data.importing import importer
from alexnet_core.orchestration import agent, run_api
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Request, RunStatus
from tests.lab import SOON, Lab

FINISHED, FAILED, STOPPED = RunStatus.FINISHED, RunStatus.FAILED, RunStatus.STOPPED
STEPS_AN_EPOCH = 40


@pytest.fixture(scope="module")
def kills() -> random.Random:
    """Where to strike; the same places each time."""
    return random.Random(0)


def assert_complete(lab: Lab, run: str, epochs: int) -> None:
    """Every step once, no file torn, nothing left running."""
    assert sorted(lab.losses(run)) == list(range(1, epochs * STEPS_AN_EPOCH + 1))
    assert lab.torn(run) == []
    assert lab.gone(run)


def test_three_kills_of_the_worker_and_one_of_the_agent_change_no_figure(lab, drawn_config, kills):
    config = drawn_config(epochs=8)
    undisturbed = lab.start(config)
    lab.until(undisturbed, FINISHED, FAILED)
    run = lab.start(config)
    for number, step in enumerate(sorted(kills.sample(range(20, 280), 3))):
        lab.until_step(run, step)
        if number == 1:
            lab.kill_agent()
            agent.ensure()
        lab.kill_worker(run)
        lab.wait(run, lambda found, number=number: found.attempts > number + 1)
    found = lab.until(run, FINISHED, FAILED)
    assert (found.status, found.attempts) == (FINISHED, 4)
    assert_complete(lab, run, 8)
    assert lab.losses(run) == lab.losses(undisturbed)
    assert found.best_validation_top1 == lab.store.get(undisturbed).best_validation_top1
    assert found.test_top1 == lab.store.get(undisturbed).test_top1


def test_a_crash_shows_within_two_seconds_and_too_many_end_the_run(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000, keep_gb=1e-9))
    for number in range(1, 5):
        # Before the first epoch is over nothing forgives a crash.
        lab.wait(run, lambda found, number=number: found.attempts == number)
        lab.kill_worker(run)
        found = lab.wait(run, lambda found, n=number: found.crashes >= n, patience=SOON + 1)
    assert found.status is FAILED
    assert found.reason.startswith("Its process was killed (SIGKILL). It was started again 3")
    assert lab.gone(run)


def test_a_killed_agent_takes_no_run_with_it(lab, drawn_config):
    run = lab.start(drawn_config(epochs=12))
    lab.until_step(run, 20)
    lab.kill_agent()
    lab.until(run, FINISHED)
    assert lab.gone(run)
    agent.ensure()
    assert lab.store.get(run).attempts == 1
    assert_complete(lab, run, 12)


def test_a_second_agent_is_refused(lab, drawn_config):
    run = lab.start(drawn_config(epochs=1))
    first = lab.agent()
    second = subprocess.run(
        [sys.executable, "-m", "alexnet_core.orchestration.agent"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (second.returncode, second.stderr) == (1, "This lab has an agent already.\n")
    assert lab.agent() == first
    lab.until(run, FINISHED)


def test_a_second_worker_is_refused(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000))
    lab.until_step(run, 1)
    second = subprocess.run(
        [sys.executable, "-m", "alexnet_core.orchestration.worker", run],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode == 3
    assert "has a worker already" in second.stderr
    run_api.stop(run)
    lab.until(run, STOPPED)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_start_up_ends_the_run_at_once(lab, drawn_config, number):
    run = lab.start(drawn_config(epochs=5_000))
    lab.kill_worker(run, number)
    found = lab.until(run, STOPPED, FAILED, RunStatus.QUEUED, patience=10)
    assert found.status is STOPPED
    assert "asked to end" in found.reason
    assert lab.gone(run)


def test_a_signal_while_it_trains_saves_first(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000))
    lab.until_step(run, 20)
    lab.kill_worker(run, signal.SIGTERM)
    found = lab.until(run, STOPPED, FAILED)
    assert found.status is STOPPED
    assert found.reason == "Its process was asked to end, and saved first."
    assert run_folder.newest(run_folder.of(run)) is not None


def test_died_while_a_stop_was_asked_for_is_stopped(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000))
    lab.until_step(run, 1)
    (worker,) = lab.workers(run)
    worker.suspend()
    run_api.stop(run)
    worker.kill()
    found = lab.until(run, STOPPED, FAILED, RunStatus.QUEUED, patience=SOON + 1)
    assert found.status is STOPPED


def test_a_run_that_can_not_stop_is_killed_after_ten_seconds(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000))
    lab.until_step(run, 1)
    lab.workers(run)[0].suspend()
    run_api.stop(run)
    started = time.monotonic()
    assert lab.until(run, STOPPED, FAILED).status is STOPPED
    assert 9 < time.monotonic() - started < 20
    assert lab.gone(run)


def test_a_loss_that_explodes_says_where(lab, drawn_config):
    run = lab.start(drawn_config(epochs=8, lr=100, **{"model.norm": "none"}))
    found = lab.until(run, FINISHED, FAILED)
    assert found.status is FAILED
    assert "The loss became" in found.reason
    assert "at step" in found.reason
    assert found.attempts == 1


@pytest.fixture
def little_memory(lab):
    """An agent whose runs may have 6 GB of addresses, most of which torch itself takes."""
    command = [
        "prlimit",
        "--as=6000000000",
        sys.executable,
        "-m",
        "alexnet_core.orchestration.agent",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert lab.agent()
    yield
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit of util-linux")
def test_too_little_memory_names_a_smaller_batch(lab, drawn_config, little_memory):
    config = drawn_config(**{"model.hidden_sizes": (30_000, 30_000)})
    found = lab.until(lab.start(config), FINISHED, FAILED)
    assert found.status is FAILED
    assert found.reason == "The memory is too small for batch 8; try batch 4."


def test_a_database_that_is_locked_for_ten_seconds_loses_nothing(lab, drawn_config, home):
    run = lab.start(drawn_config(epochs=12))
    lab.until_step(run, 20)
    other = sqlite3.connect(home / "lab.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    time.sleep(10)
    other.execute("COMMIT")
    other.close()
    found = lab.until(run, FINISHED, FAILED)
    assert (found.status, found.attempts) == (FINISHED, 1)
    assert_complete(lab, run, 12)


def test_a_data_set_that_is_gone_is_named(lab, drawn_config, home, tmp_path):
    for name in ("cat", "dog", "owl"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(20):
            picture = Image.new("RGB", (16, 16), (number * 10, 80, 90))
            picture.save(tmp_path / "pets" / name / f"{number}.png")
    importer.import_dataset(tmp_path / "pets", name="pets")
    run = lab.start(drawn_config(dataset="pets", epochs=5_000))
    lab.until_step(run, 10)
    shutil.rmtree(home / "datasets" / "pets")
    lab.kill_worker(run)
    found = lab.until(run, FAILED, FINISHED)
    assert found.status is FAILED
    assert "pets" in found.reason


def test_a_damaged_last_checkpoint_falls_back_and_says_so(lab, drawn_config):
    config = drawn_config(epochs=5_000)
    run = lab.start(config)
    lab.until_step(run, 2 * STEPS_AN_EPOCH + 5)
    run_api.pause(run)
    lab.until(run, RunStatus.PAUSED)
    newest = run_folder.newest(run_folder.of(run))
    assert newest is not None
    whole = (newest / "resume.pt").read_bytes()
    (newest / "resume.pt").write_bytes(whole[: len(whole) // 2])
    reached = lab.store.get(run).step
    run_api.edit(run, epochs=lab.store.get(run).epoch + 2)
    run_api.resume(run)
    found = lab.until(run, FINISHED, FAILED)
    assert found.status is FINISHED
    assert "goes on from the checkpoint before it" in run_api.log_tail(run)
    assert sorted(lab.losses(run)) == list(range(1, found.steps + 1))
    assert found.steps > reached


def test_a_run_that_is_deleted_while_it_trains_leaves_nothing(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000))
    lab.until_step(run, 5)
    # Not through `run_api`, which refuses: as another tool or an older backup would.
    lab.store.delete(run)
    until = time.monotonic() + 20
    while lab.workers(run) and time.monotonic() < until:
        time.sleep(0.1)
    assert lab.gone(run)


def test_a_clock_that_is_set_back_hides_no_crash(lab, drawn_config):
    run = lab.start(drawn_config(epochs=5_000))
    lab.until_step(run, 5)
    lab.store.change(run, started=time.time() + 36_000)
    lab.kill_agent()
    agent.ensure()
    lab.kill_worker(run)
    lab.wait(run, lambda found: found.attempts == 2, patience=20)
    run_api.stop(run)
    lab.until(run, STOPPED)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A home on a disk of 200 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"can't mount a small disk here: {done.stderr.strip()}")
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(disk / "home"))
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_pauses_the_run_until_there_is_room(small_disk, drawn_config):
    lab = Lab(small_disk / "home")
    try:
        run = lab.start(drawn_config(epochs=6))
        lab.until_step(run, 10)
        filler = small_disk / "filler"
        free = shutil.disk_usage(small_disk).free
        with filler.open("wb") as file:
            file.write(b"x" * (free - 8 * 2**20))
        found = lab.until(run, RunStatus.PAUSED, FAILED, FINISHED)
        assert found.status is RunStatus.PAUSED
        assert found.requested is Request.RUN
        assert "goes on when there is room" in found.reason
        assert lab.torn(run) == []
        filler.unlink()
        found = lab.until(run, FINISHED, FAILED)
        assert found.status is FINISHED
        assert_complete(lab, run, 6)
    finally:
        lab.close()


def test_the_environment_of_a_worker_names_its_run(lab, drawn_config):
    run = lab.start(drawn_config(epochs=1))
    worker = lab.agent() and lab.wait(run, lambda _: bool(lab.workers(run))) and lab.workers(run)
    assert not worker or worker[0].environ()["ALEXNET_LAB_RUN"] == run
    assert not worker or os.getpgid(worker[0].pid) == worker[0].pid
    lab.until(run, FINISHED)
