"""visitors prove an address by a code that is mailed there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_codes",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("visitor_id", sa.String(36), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("proved_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_codes")),
    )
    op.create_index("ix_address_codes_address", "address_codes", ["address", "made_at"])
    op.create_index("ix_address_codes_visitor", "address_codes", ["visitor_id", "made_at"])
    op.create_index("ix_address_codes_made_at", "address_codes", ["made_at"])
    op.add_column("webchat_visitors", sa.Column("proven_email", sa.String(254), nullable=True))
    where = sa.text("speaks_as IS NOT NULL")
    op.create_index(
        "ix_webchat_visitors_speaks_as",
        "webchat_visitors",
        ["speaks_as"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_webchat_visitors_speaks_as", "webchat_visitors")
    op.drop_column("webchat_visitors", "proven_email")
    op.drop_table("address_codes")
