"""signed-in visitors: all devices of a customer show one conversation"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0027"
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


def downgrade() -> None:
    op.drop_index("ix_webchat_visitors_signed", "webchat_visitors")
