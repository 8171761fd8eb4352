"""saved views of the list of contacts, and what they are read by

An agent's past contacts are a range of their own, and so is what is due next.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

_OVER = "state IN ('closed', 'abandoned') AND agent_id IS NOT NULL"
_DUE = "ended_at IS NULL AND due_at IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("team_id", sa.String(64), nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("filter", types.Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("changed_at", types.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_views_owner", "saved_views", ["owner_id", "position"])
    shared = sa.text("team_id IS NOT NULL")
    op.create_index(
        "ix_saved_views_team",
        "saved_views",
        ["team_id", "position"],
        sqlite_where=shared,
        postgresql_where=shared,
    )
    op.create_table(
        "view_orders",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("ids", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("user_id"),
    )
    for name, table, columns, condition in (
        ("ix_contacts_agent_over", "contacts", ["agent_id", "last_message_at", "id"], _OVER),
        ("ix_sla_deadlines_due", "sla_deadlines", ["due_at", "contact_id"], _DUE),
    ):
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_sla_deadlines_due", "sla_deadlines")
    op.drop_index("ix_contacts_agent_over", "contacts")
    op.drop_table("view_orders")
    op.drop_table("saved_views")
