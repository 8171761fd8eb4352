"""what customers are worth: runs, figures, rules of tiers, objections"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_LOSS = sa.text("(flags & 8) <> 0")
_OPEN = sa.text("state = 'open'")
_BY_RUN = sa.text("run_id IS NOT NULL")


def upgrade() -> None:
    """New tables, and columns that may be empty: no table is written anew."""
    op.create_table(
        "tier_rule_sets",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("effective_from", types.UTCDateTime(), nullable=False),
        sa.Column("document", types.Json(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_tier_rule_sets")),
    )
    op.create_table(
        "tier_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("window_from", types.UTCDateTime(), nullable=False),
        sa.Column("window_until", types.UTCDateTime(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("best_count", sa.Integer(), nullable=False),
        sa.Column("tail_count", sa.Integer(), nullable=False),
        sa.Column("tail_top_minor", sa.BigInteger(), nullable=False),
        sa.Column("loss_making", sa.Integer(), nullable=False),
        sa.Column("potential", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("report", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_runs")),
    )
    op.create_index("ix_tier_runs_at", "tier_runs", ["at", "id"], unique=False)

    op.create_table(
        "customer_values",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column("margin_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("profit_minor", sa.BigInteger(), nullable=False),
        sa.Column("newer_minor", sa.BigInteger(), nullable=False),
        sa.Column("trend_ppm", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("share_ppm", sa.BigInteger(), nullable=True),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("first_at", types.UTCDateTime(), nullable=False),
        sa.Column("last_at", types.UTCDateTime(), nullable=False),
        sa.Column("rfm", sa.SmallInteger(), nullable=True),
        sa.Column("named_segment", sa.String(length=20), nullable=False),
        sa.Column("computed_tier", sa.String(length=32), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("clv_minor", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_values_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_values")),
    )
    op.create_index(
        "ix_customer_values_loss",
        "customer_values",
        ["profit_minor", "customer_id"],
        unique=False,
        sqlite_where=_LOSS,
        postgresql_where=_LOSS,
    )
    op.create_index(
        "ix_customer_values_named",
        "customer_values",
        ["named_segment", "customer_id"],
        unique=False,
    )

    op.create_table(
        "tier_objections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("objected_at", types.UTCDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tier_before", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", types.UTCDateTime(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_tier_objections_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_objections")),
    )
    op.create_index("ix_tier_objections_customer", "tier_objections", ["customer_id"], unique=False)
    op.create_index(
        "ix_tier_objections_open",
        "tier_objections",
        ["objected_at", "id"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )

    op.add_column("customer_tier_changes", sa.Column("run_id", sa.String(length=36), nullable=True))
    op.add_column("customer_tier_changes", sa.Column("rules_version", sa.Integer(), nullable=True))
    op.add_column("customer_tier_changes", sa.Column("inputs", types.Json(), nullable=True))
    op.create_index(
        "ix_customer_tier_changes_run",
        "customer_tier_changes",
        ["run_id"],
        unique=False,
        sqlite_where=_BY_RUN,
        postgresql_where=_BY_RUN,
    )


def downgrade() -> None:
    op.drop_index("ix_customer_tier_changes_run", table_name="customer_tier_changes")
    op.drop_column("customer_tier_changes", "inputs")
    op.drop_column("customer_tier_changes", "rules_version")
    op.drop_column("customer_tier_changes", "run_id")

    op.drop_index("ix_tier_objections_open", table_name="tier_objections")
    op.drop_index("ix_tier_objections_customer", table_name="tier_objections")

    op.drop_table("tier_objections")
    op.drop_index("ix_customer_values_named", table_name="customer_values")
    op.drop_index("ix_customer_values_loss", table_name="customer_values")

    op.drop_table("customer_values")
    op.drop_index("ix_tier_runs_at", table_name="tier_runs")

    op.drop_table("tier_runs")
    op.drop_table("tier_rule_sets")
