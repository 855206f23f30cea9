"""The tables of the store; `migrations` brings a database to this form."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("lab", String, nullable=False),
    Column("status", String, nullable=False),
    Column("requested", String, nullable=False),
    Column("recipe", String, nullable=False),
    Column("dataset", String, nullable=False),
    Column("config", JSON, nullable=False),
    Column("command", Text, nullable=False),
    Column("owner", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("group", String, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("notes", Text, nullable=False),
    Column("parent", String, nullable=False),
    Column("parent_epoch", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("heartbeat", Float),
    Column("host", String, nullable=False),
    Column("device", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("train_loss", Float),
    Column("images_per_second", Float),
    Column("seconds_left", Float),
    Column("best_epoch", Integer, nullable=False),
    Column("best_validation_top1", Float),
    Column("test_top1", Float),
    Index("runs_by_status", "lab", "status"),
)

edits = Table(
    "edits",
    metadata,
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
    Column("requested", Float, nullable=False),
    Column("step", Integer),
)

# Stored in the order of its key: a page reads one figure of one run from a step on.
metrics = Table(
    "metrics",
    metadata,
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("value", Float),
    Column("time", Float, nullable=False),
    sqlite_with_rowid=False,
)
