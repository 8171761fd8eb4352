"""by which version of TLS a mail was handed to our listener"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("raw_mails", sa.Column("tls", sa.String(16)))


def downgrade() -> None:
    op.drop_column("raw_mails", "tls")
