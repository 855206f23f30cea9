"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab, end_agents

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a home of its own, so that none sees another's data sets or runs.

    What a test started there has left when the next one begins.
    """
    path = tmp_path / "home"
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(path))
    yield path
    if (path / "agent.lock").exists():
        monkeypatch.setenv("ALEXNET_LAB_HOME", str(path))
        Lab(path).close()
    end_agents()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with cifar10.zip and flowers17.zip; skips where it is absent."""
    path = Path(os.environ.get("ALEXNET_LAB_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"needs the real data sets in {path} (set ALEXNET_LAB_TEST_DATA)")
    return path
