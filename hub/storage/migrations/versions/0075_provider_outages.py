"""which provider is away, and since when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_outages",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("heard_at", UTCDateTime(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("provider_outages")
