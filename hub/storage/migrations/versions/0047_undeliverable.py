"""an address at which nothing arrives says so, since when and why"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage.types import UTCDateTime

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customer_identities", sa.Column("undeliverable_at", UTCDateTime(), nullable=True)
    )
    op.add_column("customer_identities", sa.Column("undeliverable_why", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("customer_identities", "undeliverable_why")
    op.drop_column("customer_identities", "undeliverable_at")
