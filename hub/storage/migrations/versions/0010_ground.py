"""branches of customers, where customers came from, who is to be looked at again, the hub's keys"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STALE = sa.text("indexed_as < 2")


def upgrade() -> None:
    """Columns that may be empty or have a constant default, added one by one: no table is written
    anew, however many customers there are.
    """
    op.add_column(
        "teams", sa.Column("is_branch", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("teams", sa.Column("region", sa.String(length=2), nullable=True))
    op.add_column("teams", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column(
        "teams", sa.Column("sees_all", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("customers", sa.Column("branch_id", sa.String(length=64), nullable=True))
    op.add_column("customers", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column(
        "customers", sa.Column("indexed_as", sa.SmallInteger(), server_default="1", nullable=False)
    )
    op.add_column("customers", sa.Column("archived_at", types.UTCDateTime(), nullable=True))
    op.create_index(
        "ix_customers_branch_newest", "customers", ["branch_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_customers_reindex",
        "customers",
        ["id"],
        unique=False,
        sqlite_where=_STALE,
        postgresql_where=_STALE,
    )
    op.create_table(
        "customer_sources",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=True),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_sources_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_sources")),
    )
    op.create_index(
        "ix_customer_sources_customer", "customer_sources", ["customer_id", "at"], unique=False
    )
    op.create_table(
        "dirty_customers",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("since", types.UTCDateTime(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_dirty_customers")),
    )
    op.create_index(
        "ix_dirty_customers_since", "dirty_customers", ["since", "customer_id"], unique=False
    )
    op.create_table(
        "hub_secrets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hub_secrets")),
    )
    op.create_table(
        "customer_setup",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_setup")),
    )


def downgrade() -> None:
    op.drop_table("customer_setup")
    op.drop_table("hub_secrets")
    op.drop_table("dirty_customers")
    op.drop_table("customer_sources")
    op.drop_index("ix_customers_reindex", table_name="customers")
    op.drop_index("ix_customers_branch_newest", table_name="customers")
    for column in ("archived_at", "indexed_as", "zone", "branch_id"):
        op.drop_column("customers", column)
    for column in ("sees_all", "zone", "region", "is_branch"):
        op.drop_column("teams", column)
