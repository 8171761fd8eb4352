"""who looks after whom, and where customers stand"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables: no table is written anew."""
    op.create_table(
        "ownership_moves",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("from_id", sa.String(length=36), nullable=True),
        sa.Column("to_id", sa.String(length=36), nullable=True),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_ownership_moves_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership_moves")),
    )
    op.create_index(
        "ix_ownership_moves_customer", "ownership_moves", ["customer_id", "at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_ownership_moves_customer", table_name="ownership_moves")
    op.drop_table("ownership_moves")
