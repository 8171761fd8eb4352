"""how often agents were not ready, and declined, for each reason

Indexes of the rows that are counted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_agent_intervals_reason", "agent_intervals", "not_ready"),
    ("ix_offers_declined", "offers", "declined"),
)


def upgrade() -> None:
    for name, table, state in _INDEXES:
        where = sa.text(f"state = '{state}'")
        op.create_index(name, table, ["reason"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
