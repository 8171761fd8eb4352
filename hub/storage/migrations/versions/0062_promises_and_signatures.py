"""the time a contact's customer was told, signatures of teams and users, who handed a mail over"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("promised_at", UTCDateTime(), nullable=True))
    op.add_column("teams", sa.Column("signature", Json(), nullable=True))
    op.add_column("users", sa.Column("signature", Json(), nullable=True))
    op.add_column("raw_mails", sa.Column("peer", sa.String(45), nullable=True))
    op.add_column("raw_mails", sa.Column("mail_from", sa.String(320), nullable=True))


def downgrade() -> None:
    op.drop_column("raw_mails", "mail_from")
    op.drop_column("raw_mails", "peer")
    op.drop_column("users", "signature")
    op.drop_column("teams", "signature")
    op.drop_column("contacts", "promised_at")
