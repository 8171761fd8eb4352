"""when the site last signed who a visitor is: a code after that is what counts, and ends"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webchat_visitors", sa.Column("signed_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("webchat_visitors") as table:
        table.drop_column("signed_at")
