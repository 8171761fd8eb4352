"""queues that a supervisor has paused or closed"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNTIL = sa.text("state_until IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("state_reason", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("state_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("state_since", types.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("state_until", types.UTCDateTime(), nullable=True))
        batch_op.create_index(
            "ix_queues_until",
            ["state_until"],
            unique=False,
            sqlite_where=_UNTIL,
            postgresql_where=_UNTIL,
        )


def downgrade() -> None:
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.drop_index("ix_queues_until", sqlite_where=_UNTIL, postgresql_where=_UNTIL)
        for name in ("state_until", "state_since", "state_by", "state_reason", "state"):
            batch_op.drop_column(name)
