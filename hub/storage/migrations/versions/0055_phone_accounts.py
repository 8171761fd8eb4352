"""the phone account that is connected in the pages"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_accounts",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("secrets_at", Json(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_accounts")),
    )


def downgrade() -> None:
    op.drop_table("phone_accounts")
