"""texts on their way out, and the numbers that said stop to one of ours"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sms_sendings",
        sa.Column("interaction_id", sa.String(36), nullable=False),
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("sid", sa.String(34), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_sms_sendings")),
        sa.UniqueConstraint("sid", name=op.f("uq_sms_sendings_sid")),
    )
    op.create_index(
        "ix_sms_sendings_open",
        "sms_sendings",
        ["begun_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "sms_stops",
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry_point_id", "number", name=op.f("pk_sms_stops")),
    )


def downgrade() -> None:
    op.drop_table("sms_stops")
    op.drop_index("ix_sms_sendings_open", table_name="sms_sendings")
    op.drop_table("sms_sendings")
