from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alexnet_core import system


def test_a_process_of_the_lab_imports_nothing_from_where_it_was_started(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('a pupil wrote this')")
    code = "import random, subprocess, sys; random.random(); " + (
        "subprocess.run([sys.executable, '-c', 'import random; random.random()'], check=True)"
    )
    log = tmp_path / "log"
    with log.open("wb") as output:
        child = system.start(system.python("-c", code), output)
        found = child.wait(timeout=60)
    assert found == 0, log.read_text()


def test_what_is_given_on_top_of_the_environment_arrives(tmp_path: Path) -> None:
    code = "import os; print(os.environ['LAB_TEST'], os.getsid(0) == os.getpid())"
    log = tmp_path / "log"
    with log.open("wb") as output:
        system.start(system.python("-c", code), output, {"LAB_TEST": "here"}).wait(timeout=60)
    assert log.read_text().split() == ["here", "True"]


def test_any_name_can_be_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    log = tmp_path / "log"
    with log.open("wb") as output:
        system.start(system.python("-c", "print('\u03b3\u03ac\u03c4\u03b1')"), output).wait()
    assert log.read_text(encoding="utf-8").strip() == "\u03b3\u03ac\u03c4\u03b1"


def test_processes_are_ended_at_once_and_waited_for() -> None:
    code = (
        "import subprocess, sys, time; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "print('ready', flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    parent.stdout.readline()
    process = psutil.Process(parent.pid)
    found = [process, *process.children(recursive=True)]
    assert len(found) == 2
    system.kill(found)
    assert not any(process.is_running() for process in found)
    parent.wait(timeout=60)
    parent.stdout.close()


def test_a_process_steps_back_and_a_refusal_changes_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        process = psutil.Process(child.pid)
        system.be_polite(7, process)
        assert process.nice() == 7
    finally:
        child.kill()
        child.wait()
    system.be_polite(7, process)


def test_the_machine_is_known_in_figures_and_names() -> None:
    assert 1 <= system.usable_cores() <= (os.cpu_count() or 1)
    assert 2**20 < system.available_memory() <= psutil.virtual_memory().total
    assert system.host_name()


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(system.getpass, "getuser", nobody)
    assert system.user_name() == str(os.getuid())


def test_a_machine_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.platform, "node", lambda: "")
    assert system.host_name() == "unknown"


def test_files_made_for_their_owner_alone_get_the_rights_of_the_folder(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        with system.usual_rights(tmp_path):
            (tmp_path / "inner").mkdir()
            for name in ("mine", "inner/mine"):
                (tmp_path / name).touch(mode=0o600)
    finally:
        os.umask(before)
    for name in ("mine", "inner/mine"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o664
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inner", "mine"]
