from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from alexnet_core import files
from alexnet_core.errors import DiskFullError, HomeError


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "file"
    with files.replacing(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        _write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_whole_and_is_never_written_twice(tmp_path):
    path = tmp_path / "folder"
    with files.new_folder(path) as temporary:
        (temporary / "inside").write_text("1")
    assert (path / "inside").read_text() == "1"
    with pytest.raises(FileExistsError), files.new_folder(path):
        pass


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    def fill() -> None:
        with files.new_folder(tmp_path / "folder") as temporary:
            (temporary / "inside").write_text("1")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFullError, match="is full; free some room"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")

    def write() -> None:
        with files.replacing(blocked / "inside") as temporary:
            temporary.write_text("")

    with pytest.raises(HomeError, match="can't be written"):
        write()


def test_what_a_killed_process_left_is_swept(tmp_path, monkeypatch):
    # A killed process runs no clean-up.
    monkeypatch.setattr(files, "_remove", lambda path: None)
    with pytest.raises(RuntimeError):
        _write_half(tmp_path / "file")
    monkeypatch.undo()
    kept = tmp_path / "kept"
    kept.write_text("")
    assert len(list(tmp_path.iterdir())) == 2
    files.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [kept]


def _write_half(path: Path) -> None:
    with files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError


def test_a_file_that_a_library_made_private_has_the_usual_rights(tmp_path):
    before = os.umask(0o002)
    try:
        with files.replacing(tmp_path / "file") as temporary:
            temporary.unlink()
            temporary.touch(mode=0o600)
        with files.new_folder(tmp_path / "folder") as temporary:
            (temporary / "inside").touch(mode=0o600)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o664
    assert (tmp_path / "folder" / "inside").stat().st_mode & 0o777 == 0o664
