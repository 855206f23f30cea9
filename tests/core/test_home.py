from __future__ import annotations

import os
from pathlib import Path

import pytest

from alexnet_core import home as lab_home
from alexnet_core.errors import HomeError


def test_the_variable_wins(home: Path):
    assert lab_home.home() == home
    assert lab_home.folder("runs") == home / "runs"
    assert (home / "runs").is_dir()


def test_without_it_the_users_data_folder_is_taken(monkeypatch, tmp_path):
    monkeypatch.delenv(lab_home.VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert lab_home.home().name == "alexnet-lab"


def test_a_home_that_can_not_be_made_says_how_to_choose_another(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(lab_home.VARIABLE, str(tmp_path / "file" / "home"))
    with pytest.raises(HomeError, match="set ALEXNET_LAB_HOME to a folder that can"):
        lab_home.folder("runs")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_without_permission_is_named(monkeypatch, tmp_path):
    tmp_path.chmod(0o500)
    monkeypatch.setenv(lab_home.VARIABLE, str(tmp_path / "home"))
    with pytest.raises(HomeError, match="can't be written"):
        lab_home.folder("runs")


def test_a_user_without_a_home_folder_is_told_of_the_variable(monkeypatch):
    monkeypatch.delenv(lab_home.VARIABLE)
    monkeypatch.setattr(Path, "home", classmethod(_no_home))
    with pytest.raises(HomeError, match="set ALEXNET_LAB_HOME to a folder"):
        lab_home.home()


def _no_home(_: type) -> Path:
    raise RuntimeError("Could not determine home directory.")
