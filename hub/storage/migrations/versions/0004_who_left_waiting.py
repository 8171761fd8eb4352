"""what a customer had waited who left, kept for when they come back soon"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_at", types.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("left_waited_us", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_column("left_waited_us")
        batch_op.drop_column("left_at")
