"""the callbacks that a queue still has to make are found by its index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("state IN ('waiting', 'queued', 'dialling')")
    op.create_index(
        "ix_callbacks_queue",
        "callbacks",
        ["queue_id", "due_at"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_callbacks_queue", "callbacks")
