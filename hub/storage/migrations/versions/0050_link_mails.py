"""whose mail with a link to set a password did not arrive, and who made it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("password_links", sa.Column("made_by", sa.String(36), nullable=True))
    op.add_column("password_links", sa.Column("message", sa.String(40), nullable=True))
    op.add_column("password_links", sa.Column("undelivered", sa.Text(), nullable=True))
    op.create_index("ix_password_links_message", "password_links", ["message"])


def downgrade() -> None:
    op.drop_index("ix_password_links_message", table_name="password_links")
    for column in ("undelivered", "message", "made_by"):
        op.drop_column("password_links", column)
