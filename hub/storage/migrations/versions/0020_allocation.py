"""who is given new customers, and what is done with them"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables: no table is written anew."""
    op.create_table(
        "customer_plans",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("plan_key", sa.String(length=64), nullable=False),
        sa.Column("zh", sa.String(length=120), nullable=False),
        sa.Column("en", sa.String(length=120), nullable=False),
        sa.Column("owner_role", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("every_days", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("next_step", sa.String(length=64), nullable=True),
        sa.Column("next_step_at", types.UTCDateTime(), nullable=True),
        sa.Column("told_at", types.UTCDateTime(), nullable=True),
        sa.Column("due_at", types.UTCDateTime(), nullable=False),
        sa.Column("escalated_at", types.UTCDateTime(), nullable=True),
        sa.Column("done_at", types.UTCDateTime(), nullable=True),
        sa.Column("worked_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_plans_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_plans")),
        sa.UniqueConstraint(
            "customer_id", "plan_key", name=op.f("uq_customer_plans_customer_id_plan_key")
        ),
    )
    op.create_index(
        "ix_customer_plans_due",
        "customer_plans",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open' AND escalated_at IS NULL"),
        postgresql_where=sa.text("state = 'open' AND escalated_at IS NULL"),
    )
    op.create_index(
        "ix_customer_plans_step",
        "customer_plans",
        ["next_step_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open' AND next_step_at IS NOT NULL AND told_at IS NULL"),
        postgresql_where=sa.text("state = 'open' AND next_step_at IS NOT NULL AND told_at IS NULL"),
    )
    op.create_table(
        "lead_allocations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("to_id", sa.String(length=36), nullable=True),
        sa.Column("rule_key", sa.String(length=64), nullable=True),
        sa.Column("trace", types.Json(), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("within_s", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.String(length=64), nullable=True),
        sa.Column("remind_at", types.UTCDateTime(), nullable=False),
        sa.Column("reminded_at", types.UTCDateTime(), nullable=True),
        sa.Column("escalate_at", types.UTCDateTime(), nullable=False),
        sa.Column("escalated_at", types.UTCDateTime(), nullable=True),
        sa.Column("recall_at", types.UTCDateTime(), nullable=True),
        sa.Column("touched_at", types.UTCDateTime(), nullable=True),
        sa.Column("ended_at", types.UTCDateTime(), nullable=True),
        sa.Column("ended_as", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_lead_allocations_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_allocations")),
    )
    op.create_index(
        "ix_lead_allocations_customer", "lead_allocations", ["customer_id", "made_at"], unique=False
    )
    op.create_index(
        "ix_lead_allocations_due",
        "lead_allocations",
        ["escalate_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_as IS NULL"),
        postgresql_where=sa.text("ended_as IS NULL"),
    )
    op.create_index(
        "ix_lead_allocations_escalate",
        "lead_allocations",
        ["escalate_at"],
        unique=False,
        sqlite_where=sa.text("ended_as IS NULL AND escalated_at IS NULL"),
        postgresql_where=sa.text("ended_as IS NULL AND escalated_at IS NULL"),
    )
    op.create_index(
        "ix_lead_allocations_recall",
        "lead_allocations",
        ["recall_at"],
        unique=False,
        sqlite_where=sa.text("ended_as IS NULL AND recall_at IS NOT NULL"),
        postgresql_where=sa.text("ended_as IS NULL AND recall_at IS NOT NULL"),
    )
    op.create_index(
        "ix_lead_allocations_remind",
        "lead_allocations",
        ["remind_at"],
        unique=False,
        sqlite_where=sa.text("ended_as IS NULL AND reminded_at IS NULL"),
        postgresql_where=sa.text("ended_as IS NULL AND reminded_at IS NULL"),
    )
    op.create_index(
        "ix_lead_allocations_rule", "lead_allocations", ["rule_key", "id"], unique=False
    )
    op.create_index(
        "ix_lead_allocations_to",
        "lead_allocations",
        ["to_id", "escalate_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_as IS NULL"),
        postgresql_where=sa.text("ended_as IS NULL"),
    )
    op.create_index(
        "uq_lead_allocations_open",
        "lead_allocations",
        ["customer_id"],
        unique=True,
        sqlite_where=sa.text("ended_as IS NULL"),
        postgresql_where=sa.text("ended_as IS NULL"),
    )
    op.create_table(
        "plan_steps",
        sa.Column("plan_id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("zh", sa.String(length=120), nullable=False),
        sa.Column("en", sa.String(length=120), nullable=False),
        sa.Column("done_at", types.UTCDateTime(), nullable=True),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_plan_steps_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["customer_plans.id"], name=op.f("fk_plan_steps_plan_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "step", name=op.f("pk_plan_steps")),
    )
    op.create_index("ix_plan_steps_customer", "plan_steps", ["customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("plan_steps")
    op.drop_table("lead_allocations")
    op.drop_table("customer_plans")
