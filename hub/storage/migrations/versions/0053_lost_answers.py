"""answers that did not reach their customers, until what they were in is open again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0053"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lost_answers",
        sa.Column("interaction_id", sa.String(36), primary_key=True),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_lost_answers_noted", "lost_answers", ["noted_at"])


def downgrade() -> None:
    op.drop_table("lost_answers")
