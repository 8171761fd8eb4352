"""contacts are merged, split, linked, and asked about

A merge is an edge between two contacts; entries stay where they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_ID = sa.String(36)
_INDEXES: tuple[tuple[str, str, tuple[str, ...], str | None, bool], ...] = (
    ("uq_contact_merges_from", "contact_merges", ("from_id",), "undone_at IS NULL", True),
    ("ix_contact_merges_kept", "contact_merges", ("kept_conversation_id",), "undone_at IS NULL",
     False),
    ("ix_contact_merges_conversation", "contact_merges", ("from_conversation_id", "at"),
     "undone_at IS NULL", False),
    ("ix_contact_merges_into", "contact_merges", ("into_id",), None, False),
    ("ix_contact_splits_from", "contact_splits", ("from_id",), None, False),
    ("ix_contact_links_to", "contact_links", ("to_id",), None, False),
    ("ix_consults_agent", "consults", ("agent_id",), "state = 'open'", False),
    ("ix_consults_queue", "consults", ("queue_id",), "state = 'open'", False),
    ("ix_consults_contact", "consults", ("contact_id", "at"), None, False),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("contacts", sa.Column("merged_into_id", _ID, nullable=True))
    op.add_column(
        "contacts", sa.Column("joins", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _merges()
    _splits_and_links()
    op.create_table(
        "consults",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("agent_id", _ID, nullable=True),
        sa.Column("queue_id", sa.String(64), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by_id", _ID, nullable=True),
        sa.Column("ended_by_name", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consults")),
    )
    for name, table, columns, where, unique in _INDEXES:
        some = None if where is None else sa.text(where)
        op.create_index(
            name, table, list(columns), unique=unique, sqlite_where=some, postgresql_where=some
        )


def _merges() -> None:
    op.create_table(
        "contact_merges",
        sa.Column("id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("into_id", _ID, nullable=False),
        sa.Column("from_conversation_id", _ID, nullable=False),
        sa.Column("into_conversation_id", _ID, nullable=False),
        sa.Column("kept_conversation_id", _ID, nullable=False),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.Column("into_seq", sa.Integer(), nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("before", Json(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by_id", _ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merges")),
    )


def _splits_and_links() -> None:
    op.create_table(
        "contact_splits",
        sa.Column("id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("into_id", _ID, nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by_id", _ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_splits")),
        sa.UniqueConstraint("into_id", name=op.f("uq_contact_splits_into_id")),
    )
    op.create_table(
        "contact_split_entries",
        sa.Column("split_id", _ID, nullable=False),
        sa.Column("interaction_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint(
            "split_id", "interaction_id", name=op.f("pk_contact_split_entries")
        ),
    )
    op.create_table(
        "contact_links",
        sa.Column("id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("to_id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_links")),
        sa.UniqueConstraint("from_id", "to_id", name=op.f("uq_contact_links_from_id_to_id")),
    )


def downgrade() -> None:
    for name, table, _, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    for table in (
        "consults",
        "contact_links",
        "contact_split_entries",
        "contact_splits",
        "contact_merges",
    ):
        op.drop_table(table)
    op.drop_column("contacts", "joins")
    op.drop_column("contacts", "merged_into_id")
