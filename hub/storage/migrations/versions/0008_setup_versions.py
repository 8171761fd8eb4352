"""versions of the business set-up"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setup_versions",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changes", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_versions")),
    )


def downgrade() -> None:
    op.drop_table("setup_versions")
