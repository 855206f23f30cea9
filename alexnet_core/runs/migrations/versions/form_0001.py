"""The tables of runs, their edits and their metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring a database here."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("lab", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("requested", sa.String, nullable=False),
        sa.Column("recipe", sa.String, nullable=False),
        sa.Column("dataset", sa.String, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("group", sa.String, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("parent", sa.String, nullable=False),
        sa.Column("parent_epoch", sa.Integer, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("started", sa.Float),
        sa.Column("ended", sa.Float),
        sa.Column("heartbeat", sa.Float),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("epochs", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("train_loss", sa.Float),
        sa.Column("images_per_second", sa.Float),
        sa.Column("seconds_left", sa.Float),
        sa.Column("best_epoch", sa.Integer, nullable=False),
        sa.Column("best_validation_top1", sa.Float),
        sa.Column("test_top1", sa.Float),
    )
    op.create_index("runs_by_status", "runs", ["lab", "status"])
    op.create_table(
        "edits",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("requested", sa.Float, nullable=False),
        sa.Column("step", sa.Integer),
    )
    op.create_table(
        "metrics",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("time", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
