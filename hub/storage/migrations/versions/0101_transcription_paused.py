"""a transcription without a recording can be paused; what a round of keeping took is counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0101"
down_revision = "0099"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_caption_turns",
        sa.Column("connection_id", sa.String(36), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("turned_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_phone_caption_turns")),
    )
    op.create_index("ix_phone_caption_turns_call", "phone_caption_turns", ["call_id"])
    op.create_table(
        "keeping_round",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("access_lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeping_round")),
    )


def downgrade() -> None:
    op.drop_table("keeping_round")
    op.drop_index("ix_phone_caption_turns_call", "phone_caption_turns")
    op.drop_table("phone_caption_turns")
