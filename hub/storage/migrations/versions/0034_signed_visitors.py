"""signed-in visitors: all devices of a customer show one conversation; the block list; uploads a
scanner has found something in
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    signed = sa.text("external_id IS NOT NULL")
    op.create_index(
        "ix_webchat_visitors_signed",
        "webchat_visitors",
        ["entry_point_id", "external_id"],
        sqlite_where=signed,
        postgresql_where=signed,
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("by_id", sa.String(36)),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("contact_id", sa.String(36)),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_blocks_kind_value")),
    )
    op.create_index("ix_blocks_newest", "blocks", ["created_at", "id"])
    op.add_column("webchat_uploads", sa.Column("found", sa.String(200), nullable=True))


def downgrade() -> None:
    op.drop_column("webchat_uploads", "found")
    op.drop_table("blocks")
    op.drop_index("ix_webchat_visitors_signed", "webchat_visitors")
