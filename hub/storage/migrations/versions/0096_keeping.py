"""how long what was said is kept: how far each rule was carried out, and legal holds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0096"
down_revision = "0091"
branch_labels = None
depends_on = None

_INDEXES = (
    (
        "ix_contacts_ended",
        "contacts",
        ["channel", "queue_id", "state_since", "id"],
        "state IN ('closed', 'abandoned')",
    ),
    ("ix_raw_mails_received", "raw_mails", ["received_at", "id"], "blob_id != ''"),
)


def upgrade() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(36), nullable=True),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_legal_holds")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_legal_holds_customer_id_customers")
        ),
    )
    op.create_table(
        "keeping_progress",
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("queue_id", sa.String(64), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("last_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("rule", "queue_id", name=op.f("pk_keeping_progress")),
    )
    op.create_table(
        "keeping_waits",
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("object_id", sa.String(36), nullable=False),
        sa.Column("why", sa.String(12), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "object_id", name=op.f("pk_keeping_waits")),
    )
    op.create_index("ix_keeping_waits_looked", "keeping_waits", ["looked_at", "object_id"])
    op.create_table(
        "emptied_contacts",
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_emptied_contacts")),
    )
    for name, table, columns, where in _INDEXES:
        only = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    for table in ("emptied_contacts", "keeping_waits", "keeping_progress", "legal_holds"):
        op.drop_table(table)
