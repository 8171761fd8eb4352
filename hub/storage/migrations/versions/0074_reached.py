"""since when an agent is not reached on a channel that rings, and whether that counts yet"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0074"
down_revision = "0072"
branch_labels = None
depends_on = None

_LOST = "lost_at IS NOT NULL AND NOT unreached"


def upgrade() -> None:
    op.add_column("agent_channels", sa.Column("lost_at", UTCDateTime(), nullable=True))
    op.add_column(
        "agent_channels",
        sa.Column("unreached", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_agent_channels_unreached",
        "agent_channels",
        ["agent_id"],
        sqlite_where=sa.text("unreached"),
        postgresql_where=sa.text("unreached"),
    )
    op.create_index(
        "ix_agent_channels_lost",
        "agent_channels",
        ["lost_at"],
        sqlite_where=sa.text(_LOST),
        postgresql_where=sa.text(_LOST),
    )


def downgrade() -> None:
    op.drop_index("ix_agent_channels_unreached", table_name="agent_channels")
    op.drop_index("ix_agent_channels_lost", table_name="agent_channels")
    op.drop_column("agent_channels", "unreached")
    op.drop_column("agent_channels", "lost_at")
