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

    op.create_table(
        "lifecycle_sweeps",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("counted_to", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifecycle_sweeps")),
    )
    op.create_table(
        "customer_stages",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("since", types.UTCDateTime(), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("standing_since", types.UTCDateTime(), nullable=False),
        sa.Column("loyalty", sa.String(length=64), nullable=False),
        sa.Column("loyalty_since", types.UTCDateTime(), nullable=False),
        sa.Column("next_check_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_stages_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_stages")),
    )
    op.create_index(
        "ix_customer_stages_check",
        "customer_stages",
        ["next_check_at"],
        unique=False,
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )

    op.create_table(
        "referrals",
        sa.Column("referred_id", sa.String(length=36), nullable=False),
        sa.Column("referrer_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["referred_id"], ["customers.id"], name=op.f("fk_referrals_referred_id")
        ),
        sa.ForeignKeyConstraint(
            ["referrer_id"], ["customers.id"], name=op.f("fk_referrals_referrer_id")
        ),
        sa.PrimaryKeyConstraint("referred_id", name=op.f("pk_referrals")),
    )
    op.create_index("ix_referrals_referrer", "referrals", ["referrer_id"], unique=False)

    op.create_table(
        "stage_moves",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("axis", sa.String(length=12), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=True),
        sa.Column("after", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("evidence", types.Json(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_stage_moves_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_moves")),
    )
    op.create_index("ix_stage_moves_customer", "stage_moves", ["customer_id", "at"], unique=False)

    op.create_table(
        "customer_groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("zh", sa.String(length=120), nullable=False),
        sa.Column("en", sa.String(length=120), nullable=False),
        sa.Column("rule", types.Json(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("retired_at", types.UTCDateTime(), nullable=True),
        sa.Column("counted_to", sa.String(length=36), nullable=True),
        sa.Column("recount_at", types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_groups")),
        sa.UniqueConstraint("key", name=op.f("uq_customer_groups_key")),
    )
    op.create_index(
        "ix_customer_groups_counting",
        "customer_groups",
        ["id"],
        unique=False,
        sqlite_where=sa.text("counted_to IS NOT NULL"),
        postgresql_where=sa.text("counted_to IS NOT NULL"),
    )
    op.create_index("ix_customer_groups_owner", "customer_groups", ["owner_id"], unique=False)

    op.create_table(
        "group_members",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("entered_at", types.UTCDateTime(), nullable=False),
        sa.Column("left_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_group_members_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_groups.id"], name=op.f("fk_group_members_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
    )
    op.create_index(
        "ix_group_members_customer", "group_members", ["customer_id", "group_id"], unique=False
    )
    op.create_index(
        "ix_group_members_newest",
        "group_members",
        ["group_id", "entered_at", "id"],
        unique=False,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "uq_group_members_inside",
        "group_members",
        ["group_id", "customer_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_group_members_inside", table_name="group_members")
    op.drop_index("ix_group_members_newest", table_name="group_members")
    op.drop_index("ix_group_members_customer", table_name="group_members")

    op.drop_table("group_members")
    op.drop_index("ix_customer_groups_owner", table_name="customer_groups")
    op.drop_index("ix_customer_groups_counting", table_name="customer_groups")

    op.drop_table("customer_groups")
    op.drop_index("ix_stage_moves_customer", table_name="stage_moves")

    op.drop_table("stage_moves")
    op.drop_index("ix_referrals_referrer", table_name="referrals")

    op.drop_table("referrals")
    op.drop_index("ix_customer_stages_check", table_name="customer_stages")

    op.drop_table("customer_stages")
    op.drop_table("lifecycle_sweeps")
    op.drop_index("ix_ownership_moves_customer", table_name="ownership_moves")
    op.drop_table("ownership_moves")
