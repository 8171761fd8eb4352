"""callers are asked what they want before the hub files their call; webhooks that were refused"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "phone_calls",
        sa.Column("in_menu", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("phone_calls", sa.Column("chosen", sa.Text(), nullable=True))
    op.create_table(
        "phone_refusals",
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("route", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("entry_point_id", name=op.f("pk_phone_refusals")),
    )


def downgrade() -> None:
    op.drop_table("phone_refusals")
    op.drop_column("phone_calls", "chosen")
    op.drop_column("phone_calls", "in_menu")
