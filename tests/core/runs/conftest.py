"""Stores with runs in them: SQLite, and PostgreSQL where Debian's package is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alexnet_core.runs import database
from alexnet_core.runs.records import Run
from alexnet_core.runs.store import Store


def make_run(number: int = 1, **fields: object) -> Run:
    """A queued run; ``number`` makes its name and its age."""
    return Run(
        **{
            "id": f"run-{number}",
            "lab": "here",
            "recipe": "shapes-quick",
            "dataset": "shapes",
            "config": {"lr": 0.1, "model": {"name": "x"}},
            "created": 1_000.0 + number,
            **fields,
        }
    )


@pytest.fixture
def new_run() -> Callable[..., Run]:
    """A factory of runs that are in no store yet."""
    return make_run


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of our own on a socket of this machine."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(found).resolve().parent for found in [shutil.which("postgres")] if found
    ]
    if not programs or not (programs[-1] / "initdb").exists():
        if os.environ.get("ALEXNET_LAB_REQUIRE_POSTGRES") == "1":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    # Not among pytest's own folders: each new session closes those to other users.
    folder = Path(tempfile.mkdtemp(prefix="alexnet-lab-postgres-"))
    # PostgreSQL refuses to be root.
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)

    def run(program: str, *options: str) -> None:
        subprocess.run(
            [programs[-1] / program, *options],
            check=True,
            user=user,
            cwd=folder,
            capture_output=True,
            timeout=60,
        )

    run("initdb", "-D", f"{folder}/data", "-U", "lab", "-A", "trust", "--no-sync")
    server = ["-D", f"{folder}/data", "-w", "-l", f"{folder}/log.txt"]
    run("pg_ctl", *server, "-o", f"-k {folder} -c listen_addresses=''", "start")
    yield f"postgresql+psycopg://lab@/postgres?host={folder}"
    run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if request.param == "sqlite":
        yield Store.open(f"sqlite:///{tmp_path / 'lab.db'}")
        database.connect.cache_clear()
        return
    url: str = request.getfixturevalue("postgres")
    opened = Store.open(url)
    yield opened
    for run in opened.listing():
        opened.delete(run.id)
    database.connect(url).dispose()
