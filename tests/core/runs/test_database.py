from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from alexnet_core.errors import ConfigError, StoreError
from alexnet_core.runs import database, store, tables
from alexnet_core.runs.records import MetricPoint
from alexnet_core.runs.store import Store


def test_the_migrations_lead_to_the_tables_of_the_code(store):
    with database.connect(store.url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == database.FORM


def test_the_form_of_the_code_is_the_newest_migration():
    versions = Path(database.__file__).with_name("migrations") / "versions"
    texts = [path.read_text(encoding="utf-8") for path in versions.glob("form_*.py")]
    revisions = {re.search(r'^revision = "(\w+)"', text, re.M).group(1) for text in texts}
    older = {re.search(r"^down_revision = (.*)", text, re.M).group(1).strip('"') for text in texts}
    assert revisions - older == {database.FORM}


def test_two_new_processes_build_the_tables_once(home):
    code = "from alexnet_core.runs.store import Store; print(len(Store.open().listing()))"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0] for process in both] == ["0\n"] * 4


def test_an_address_that_is_none_names_the_variable(monkeypatch):
    for url in ("nonsense", "mongodb://x/y"):
        monkeypatch.setenv(database.VARIABLE, url)
        with pytest.raises(ConfigError, match=f"{database.VARIABLE} is '{url}'"):
            Store.open()


def test_a_server_that_is_away_is_a_sentence(monkeypatch):
    with pytest.raises(StoreError, match="database can't be used now"):
        Store.open("postgresql+psycopg://lab@127.0.0.1:1/none?connect_timeout=1")


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_the_write_ahead_log_is_used_only_where_it_is_sound(version, safe):
    assert database.wal_is_safe(version) is safe


def test_sqlite_writes_through_to_the_disk(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path / 'lab.db'}")
    with database.connect(opened.url).connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    sound = database.wal_is_safe(sqlite3.sqlite_version_info)
    assert (mode, synchronous) == ("wal" if sound else "delete", 2)


def test_a_writer_waits_for_another_one(tmp_path, new_run):
    path = tmp_path / "lab.db"
    opened = Store.open(f"sqlite:///{path}")
    opened.add(new_run())
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(1.5, lambda: other.execute("COMMIT"))
    release.start()
    started = time.monotonic()
    opened.log("run-1", [MetricPoint("a", 1, 1, 1.0, 1.0)])
    assert time.monotonic() - started > 1
    release.join()
    other.close()
    assert opened.series("run-1")["a"].step == [1]


def test_a_database_that_stays_locked_is_a_sentence(tmp_path, new_run, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    path = tmp_path / "lab.db"
    opened = Store.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        opened.add(new_run())
    other.close()


def test_the_store_alone_speaks_sql():
    core = Path(store.__file__).parents[1]
    speaking = {
        path.relative_to(core).as_posix()
        for path in core.rglob("*.py")
        if re.search(r"^\s*(import|from) (sqlalchemy|sqlite3|alembic)", path.read_text(), re.M)
    }
    assert {path.partition("/")[0] for path in speaking} == {"runs"}


def test_opening_an_up_to_date_store_imports_no_alembic(home):
    Store.open()
    code = (
        "import sys; from alexnet_core.runs.store import Store; Store.open();"
        "sys.exit('alembic' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0


@pytest.mark.parametrize("name", ["50%20", "why?", "a#b", "100%", "plain"])
def test_a_home_may_be_called_anything(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALEXNET_LAB_HOME", str(tmp_path / name))
    before = os.umask(0o002)
    try:
        assert Store.open().listing() == ()
    finally:
        os.umask(before)
    database.connect.cache_clear()
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == [name]
    # As the umask says, which a group that shares a home has agreed on.
    assert (tmp_path / name / "lab.db").stat().st_mode & 0o777 == 0o664
