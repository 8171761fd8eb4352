"""mailboxes that are connected in the pages, and refresh tokens that a provider gave anew"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_connections",
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("secrets_at", Json(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry_point_id", name=op.f("pk_mail_connections")),
    )
    op.create_table(
        "mail_grants",
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry_point_id", "origin", name=op.f("pk_mail_grants")),
    )


def downgrade() -> None:
    op.drop_table("mail_grants")
    op.drop_table("mail_connections")
