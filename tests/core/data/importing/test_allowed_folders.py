from __future__ import annotations

import os
from pathlib import Path

import pytest

from alexnet_core.data.importing import allowed_folders
from alexnet_core.errors import ConfigError, DataError


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An open folder, a closed one, and a way from the one to the other."""
    for name in ("open/pets", "closed/pets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "open" / "way-out").symlink_to(tmp_path / "closed")
    (tmp_path / "open" / "pets.ZIP").touch()
    (tmp_path / "open" / "notes.txt").touch()
    monkeypatch.setenv(
        allowed_folders.VARIABLE, os.pathsep.join([str(tmp_path / "open"), "", "~/none"])
    )
    return tmp_path


def test_below_an_allowed_folder_everything_is_open(places: Path) -> None:
    for name in ("open", "open/pets", "open/pets/../pets", "open/pets.ZIP"):
        assert allowed_folders.check(str(places / name), local=False) == (places / name).resolve()
    quoted = f' "{places / "open/pets"}" '
    assert allowed_folders.check(quoted, local=False) == places / "open/pets"


@pytest.mark.parametrize(
    "name",
    ["closed/pets", "open/../closed", "open/way-out/pets", "open-too", "", "nothing", "~root"],
)
def test_everything_else_is_closed_to_other_machines(places: Path, name: str) -> None:
    text = name if name.startswith("~") else str(places / name)
    with pytest.raises(ConfigError, match="below the folders that the lab's owner named") as caught:
        allowed_folders.check(text, local=False)
    # Whether a closed path exists is nobody's business.
    assert "exist" not in str(caught.value)


def test_whoever_sits_at_the_machine_may_name_any_folder(places: Path) -> None:
    assert allowed_folders.check(str(places / "closed/pets"), local=True) == places / "closed/pets"
    assert allowed_folders.check(str(places / "open/way-out"), local=True) == places / "closed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "folder is ''"),
        ("a\0b", "folder is"),
        ("{}/nothing", "does not exist"),
        ("{}/open/notes.txt", "neither a folder nor a ZIP"),
        ("{}/" + "x" * 300, "can't be read|does not exist"),
        ("~nobody-of-that-name/x", "no path on this machine"),
    ],
)
def test_what_is_no_folder_is_one_sentence(places: Path, text: str, said: str) -> None:
    with pytest.raises((ConfigError, DataError), match=said) as caught:
        allowed_folders.check(text.format(places), local=True)
    assert "\n" not in str(caught.value)


def test_without_the_variable_nothing_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(allowed_folders.VARIABLE, raising=False)
    assert allowed_folders.folders() == ()
    with pytest.raises(ConfigError, match=r"named \(none\)"):
        allowed_folders.check(str(tmp_path), local=False)
