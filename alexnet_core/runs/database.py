"""The connection to the store's database: its address, its settings, its form."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from alexnet_core import home
from alexnet_core.errors import ConfigError

VARIABLE = "ALEXNET_LAB_DATABASE_URL"
FORM = "0001"
"""The newest migration: what a database must be at."""

PATIENCE = 30
"""Seconds to wait for another writer."""

_MIGRATIONS = Path(__file__).with_name("migrations")
_ADVISORY_LOCK = 0x414C4558


def address() -> str:
    """The database that ``ALEXNET_LAB_DATABASE_URL`` names, else a file in the lab's home."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return chosen
    # A home may be called anything, also "50%20" or "why?": no path goes unescaped into an address.
    path = str(home.folder(".") / "lab.db")
    return URL.create("sqlite", database=path).render_as_string(hide_password=False)


@cache
def connect(url: str) -> Engine:
    """The database at ``url``, brought to today's form. One engine an address and process.

    Raises:
        ConfigError: the address is none that the lab can use.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database and parsed.database != ":memory:":
                _begin_file(Path(parsed.database))
            engine = create_engine(parsed, connect_args={"timeout": PATIENCE})
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            engine = create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        allowed = "sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME (extra: postgres)"
        raise ConfigError(VARIABLE, url, allowed) from error
    _migrate(engine)
    return engine


def _begin_file(path: Path) -> None:
    """Make the empty file, so that it has the rights which the umask gives.

    SQLite makes its files 644 whatever a group has agreed on; those beside it then take after it.
    """
    with suppress(OSError):
        # What is wrong with the place is told by the connection.
        path.touch(exist_ok=True)


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite can't corrupt a file when its write-ahead log is reset.

    Source: SQLite's release notes; fixed in 3.51.3 and, for older lines, 3.50.7 and 3.44.6.
    """
    return (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or version[:2] == (3, 44)
        and (version >= (3, 44, 6))
    )


def _configure_sqlite(connection: Any, _record: object) -> None:
    # Transactions begin where `_begin_sqlite` says, not where the driver guesses.
    connection.isolation_level = None
    mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns writer halfway would fail at once where another one writes.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    if _form(engine) == FORM:
        return
    # Two new processes must not build the same tables at once.
    with FileLock(home.folder(".") / "schema.lock", timeout=PATIENCE * 2):
        if _form(engine) == FORM:
            return
        # Only a new or an old database needs alembic.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with engine.execution_options(writes=True).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _form(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)
