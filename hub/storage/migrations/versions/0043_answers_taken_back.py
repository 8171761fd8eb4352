"""which answers were taken back is known for a day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0043"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers_taken_back",
        sa.Column("agent_id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.String(80), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "client_id", name=op.f("pk_answers_taken_back")),
    )
    op.create_index("ix_answers_taken_back_at", "answers_taken_back", ["at"])


def downgrade() -> None:
    op.drop_table("answers_taken_back")
