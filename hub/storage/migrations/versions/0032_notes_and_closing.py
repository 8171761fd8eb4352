"""whom notes mention and what they said before; what closing asks for; what an agent did today"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_UNREAD = sa.text("read_at IS NULL")
_MISSED = sa.text("state = 'expired'")


def upgrade() -> None:
    op.create_table(
        "mentions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column(
            "interaction_id", sa.String(36), sa.ForeignKey("interactions.id"), nullable=False
        ),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("by_id", sa.String(36), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("read_at", UTCDateTime()),
        sa.UniqueConstraint(
            "interaction_id", "user_id", name=op.f("uq_mentions_interaction_id_user_id")
        ),
    )
    op.create_index("ix_mentions_user", "mentions", ["user_id", "at", "id"])
    op.create_index(
        "ix_mentions_unread",
        "mentions",
        ["user_id", "contact_id"],
        sqlite_where=_UNREAD,
        postgresql_where=_UNREAD,
    )
    op.create_table(
        "note_versions",
        sa.Column(
            "interaction_id", sa.String(36), sa.ForeignKey("interactions.id"), primary_key=True
        ),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("replaced_at", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_assignments_day", "assignments", ["agent_id", "made_at"])
    op.create_index(
        "ix_offers_missed",
        "offers",
        ["agent_id", "made_at"],
        sqlite_where=_MISSED,
        postgresql_where=_MISSED,
    )
    op.add_column("contacts", sa.Column("disposition_fields", Json()))
    for table in ("reasons", "outcomes"):
        op.add_column(
            table, sa.Column("asks", Json(), nullable=False, server_default=sa.text("'[]'"))
        )


def downgrade() -> None:
    for table in ("outcomes", "reasons"):
        op.drop_column(table, "asks")
    op.drop_column("contacts", "disposition_fields")
    op.drop_index("ix_offers_missed", "offers")
    op.drop_index("ix_assignments_day", "assignments")
    op.drop_table("note_versions")
    op.drop_table("mentions")
