"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, so that none sees another's data sets or runs."""
    path = tmp_path / "home"
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(path))
    return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with cifar10.zip and flowers17.zip; skips where it is absent."""
    path = Path(os.environ.get("ALEXNET_LAB_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"needs the real data sets in {path} (set ALEXNET_LAB_TEST_DATA)")
    return path
