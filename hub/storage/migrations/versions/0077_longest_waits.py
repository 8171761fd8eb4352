"""callers who waited longest go on: to another queue, to a number outside, or to a callback"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("phone_calls", sa.Column("overflowed_at", UTCDateTime()))
    op.add_column("phone_calls", sa.Column("outside_at", UTCDateTime()))


def downgrade() -> None:
    op.drop_column("phone_calls", "outside_at")
    op.drop_column("phone_calls", "overflowed_at")
