"""how often reasons, outcomes and next actions were chosen; what was said at the end, in the marts

`make_contacts` and `drop_contacts` make the mart of contacts as it is from here on. A later
migration that makes all marts anew (0022) makes this one anew after them.
"""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_COLUMNS = {"reason": "reason_id", "outcome": "outcome_id", "next_action": "next_action"}
_FIRST = import_module("hub.storage.migrations.versions.0022_marts")


def make_contacts(dialect: str) -> None:
    """Make the mart of contacts: as it was, and behind it what was said of closing fields."""
    select = _FIRST._MARTS["mart_contacts"](dialect)
    said = ",\n       CAST(k.disposition_fields AS TEXT) AS closing_values\nFROM contacts k"
    text = select.replace("\nFROM contacts k", said)
    # On PostgreSQL what others made of it, and their rights, stay: the new column is the last one.
    make = "CREATE OR REPLACE VIEW" if dialect == "postgresql" else "CREATE VIEW"
    op.execute(sa.text(f"{make} mart_contacts AS {text}".replace(":", r"\:")))


def drop_contacts() -> None:
    """Drop the mart of contacts."""
    op.execute(sa.text("DROP VIEW IF EXISTS mart_contacts"))


def upgrade() -> None:
    for name, column in _COLUMNS.items():
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_contacts_{name}",
            "contacts",
            [column],
            sqlite_where=where,
            postgresql_where=where,
        )
    dialect = op.get_bind().dialect.name
    if dialect != "postgresql":
        drop_contacts()
    make_contacts(dialect)


def downgrade() -> None:
    drop_contacts()
    before = _FIRST._MARTS["mart_contacts"](op.get_bind().dialect.name)
    op.execute(sa.text(f"CREATE VIEW mart_contacts AS {before}".replace(":", r"\:")))
    for name in _COLUMNS:
        op.drop_index(f"ix_contacts_{name}", "contacts")
