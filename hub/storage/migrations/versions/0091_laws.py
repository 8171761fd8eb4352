"""how far the sweep of the queue's laws is, and which it found broken"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0091"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "law_rounds",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.Column("cursors", Json(), nullable=False),
    )
    op.create_table(
        "law_breaches",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("law", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_law_breaches_standing",
        "law_breaches",
        ["law", "subject"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_index("ix_law_breaches_ended", "law_breaches", ["ended_at"])


def downgrade() -> None:
    op.drop_table("law_breaches")
    op.drop_table("law_rounds")
