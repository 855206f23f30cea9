"""The store of runs: the only SQL of the lab."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    RowMapping,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from alexnet_core.errors import StoreError, UnknownNameError
from alexnet_core.runs import database, tables
from alexnet_core.runs.records import Edit, MetricPoint, Request, Run, RunStatus, Series

_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Store:
    """Runs, their edits and their metrics in one database.

    Any number of threads and processes may use it at once. Every method raises StoreError where
    the database can't be reached or written.
    """

    url: str

    @classmethod
    def open(cls, url: str | None = None) -> Store:
        """The store at ``url``, else the lab's own; its tables are made where they are missing.

        Raises:
            ConfigError: the address is none that the lab can use.
        """
        store = cls(url or database.address())
        with _explained():
            database.connect(store.url)
        return store

    def add(self, run: Run) -> None:
        """Take in a new run."""
        with self._writing() as connection:
            connection.execute(insert(tables.runs), [_row(run)])

    def get(self, run: str) -> Run:
        """The run of that name.

        Raises:
            UnknownNameError: there is none.
        """
        with self._reading() as connection:
            row = connection.execute(_SELECT.where(tables.runs.c.id == run)).mappings().first()
        if row is None:
            raise UnknownNameError("run", run, [known.id for known in self.listing()[:20]])
        return _run(row)

    def listing(self, *, lab: str | None = None, live: bool = False) -> tuple[Run, ...]:
        """All runs, the newest first; only those of one lab, only those that have not ended."""
        wanted = _SELECT.order_by(tables.runs.c.created.desc(), tables.runs.c.id.desc())
        if lab is not None:
            wanted = wanted.where(tables.runs.c.lab == lab)
        if live:
            ended = [status for status in RunStatus if status.ended]
            wanted = wanted.where(tables.runs.c.status.not_in(ended))
        with self._reading() as connection:
            return tuple(_run(row) for row in connection.execute(wanted).mappings())

    def change(
        self, run: str, /, *, where: Iterable[RunStatus] | None = None, **fields: Any
    ) -> bool:
        """Write fields of a run, all at once; with ``where`` only from one of those states.

        Returns whether the run was there, and in such a state.
        """
        wanted = update(tables.runs).where(tables.runs.c.id == run)
        if where is not None:
            wanted = wanted.where(tables.runs.c.status.in_(list(where)))
        with self._writing() as connection:
            return connection.execute(wanted.values(**_plain(fields))).rowcount > 0

    def delete(self, run: str) -> None:
        """Forget a run with its edits and metrics."""
        with self._writing() as connection:
            for table in (tables.metrics, tables.edits):
                connection.execute(delete(table).where(table.c.run == run))
            connection.execute(delete(tables.runs).where(tables.runs.c.id == run))

    def log(
        self, run: str, points: Sequence[MetricPoint], progress: Mapping[str, Any] | None = None
    ) -> None:
        """Write figures, and fields of the run beside them, in one transaction.

        A figure that is there already is replaced. Figures of a run that was deleted are dropped.
        """
        with self._writing() as connection:
            there = select(tables.runs.c.id).where(tables.runs.c.id == run)
            if connection.execute(there).first() is None:
                return
            _upsert(connection, tables.metrics, [asdict(point) | {"run": run} for point in points])
            if progress:
                connection.execute(
                    update(tables.runs).where(tables.runs.c.id == run).values(**_plain(progress))
                )

    def series(
        self, run: str, names: Sequence[str] | None = None, *, after: int = 0
    ) -> dict[str, Series]:
        """Figures of a run by name, from the step behind ``after`` on; all names or these."""
        table = tables.metrics
        wanted = (
            select(table.c.name, table.c.step, table.c.epoch, table.c.value, table.c.time)
            .where(table.c.run == run, table.c.step > after)
            .order_by(table.c.name, table.c.step)
        )
        if names is not None:
            wanted = wanted.where(table.c.name.in_(names))
        found: dict[str, Series] = {}
        with self._reading() as connection:
            for name, step, epoch, value, time in connection.execute(wanted):
                series = found.setdefault(name, Series())
                series.step.append(step)
                series.epoch.append(epoch)
                series.value.append(float("nan") if value is None else value)
                series.time.append(time)
        return found

    def copy_metrics(self, source: str, target: str, *, until: int) -> None:
        """Give a run the figures of another one up to a step."""
        table = tables.metrics
        others = [column for column in table.c if column.name != "run"]
        wanted = select(literal(target), *others).where(
            table.c.run == source, table.c.step <= until, table.c.name.not_like("system/%")
        )
        names = ["run", *(column.name for column in others)]
        with self._writing() as connection:
            connection.execute(insert(table).from_select(names, wanted))

    def edit(self, run: str, settings: Mapping[str, Any], now: float) -> Edit:
        """Ask for other settings while the run goes on."""
        table = tables.edits
        with self._writing() as connection:
            newest = select(func.max(table.c.number)).where(table.c.run == run)
            number = (connection.execute(newest).scalar() or 0) + 1
            edit = Edit(run=run, number=number, settings=dict(settings), requested=now)
            connection.execute(insert(table), [asdict(edit)])
        return edit

    def edits(self, run: str) -> tuple[Edit, ...]:
        """All edits of a run in order."""
        table = tables.edits
        wanted = select(table).where(table.c.run == run).order_by(table.c.number)
        with self._reading() as connection:
            return tuple(Edit(**row) for row in connection.execute(wanted).mappings())

    def apply_edit(self, run: str, number: int, step: int) -> None:
        """Say from which step on an edit holds."""
        table = tables.edits
        wanted = update(table).where(table.c.run == run, table.c.number == number)
        with self._writing() as connection:
            connection.execute(wanted.values(step=step))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _explained(), database.connect(self.url).connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        engine = database.connect(self.url).execution_options(writes=True)
        with _explained(), engine.begin() as connection:
            yield connection


_SELECT = select(tables.runs)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise StoreError(f"The lab's database can't be used now ({error.orig}).") from error


def _row(run: Run) -> dict[str, Any]:
    return _plain(asdict(run))


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values as every driver takes them."""
    return {
        name: str(value) if isinstance(value, StrEnum) else value for name, value in fields.items()
    }


def _run(row: RowMapping | Row[Any]) -> Run:
    fields = dict(row)
    fields["status"] = RunStatus(fields["status"])
    fields["requested"] = Request(fields["requested"])
    fields["tags"] = tuple(fields["tags"])
    return Run(**fields)


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those whose key is there replace what it holds."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    wanted = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    others = {
        column.name: wanted.excluded[column.name] for column in table.c if not column.primary_key
    }
    wanted = wanted.on_conflict_do_update(index_elements=keys, set_=others)
    # One statement may not name a row twice; the last one counts.
    newest = {tuple(row[key] for key in keys): row for row in rows}
    ordered = list(newest.values())
    for start in range(0, len(ordered), _ROWS_AT_ONCE):
        connection.execute(wanted, ordered[start : start + _ROWS_AT_ONCE])
