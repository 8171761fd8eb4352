"""phone lists: whom agents call, each attempt, and numbers that are called by nobody"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0069"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _lists()
    _people()
    _attempts()
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.Column("added_by", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_do_not_call")),
    )
    op.create_index("ix_do_not_call_newest", "do_not_call", ["added_at", "number"])
    # What a call of ours to a customer is watched for: channels.phone.model.Watch.
    op.add_column(
        "phone_calls", sa.Column("watch", sa.String(8), nullable=False, server_default="")
    )


def _lists() -> None:
    op.create_table(
        "phone_lists",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("zh", sa.String(120), nullable=False),
        sa.Column("en", sa.String(120), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(12), nullable=False),
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("queue_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=True),
        sa.Column("branches", Json(), nullable=True),
        sa.Column("material", sa.String(120), nullable=True),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("window_from", sa.String(5), nullable=False),
        sa.Column("window_until", sa.String(5), nullable=False),
        sa.Column("days", Json(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("gaps", Json(), nullable=False),
        sa.Column("preview_s", sa.SmallInteger(), nullable=False),
        sa.Column("abandon_permille", sa.SmallInteger(), nullable=False),
        sa.Column("detects_machines", sa.Boolean(), nullable=False),
        sa.Column("script_zh", sa.Text(), nullable=False),
        sa.Column("script_en", sa.Text(), nullable=False),
        sa.Column("arms", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(36), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("paused_why", sa.String(16), nullable=True),
        sa.Column("filled_to", sa.String(36), nullable=True),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_lists")),
        sa.UniqueConstraint("key", name=op.f("uq_phone_lists_key")),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["customer_groups.id"],
            name=op.f("fk_phone_lists_group_id_customer_groups"),
        ),
    )
    due = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_phone_lists_due", "phone_lists", ["next_at"], sqlite_where=due, postgresql_where=due
    )
    op.create_index("ix_phone_lists_newest", "phone_lists", ["made_at", "id"])


def _people() -> None:
    op.create_table(
        "phone_list_people",
        sa.Column("list_id", sa.String(36), nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("arm", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(24), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.SmallInteger(), nullable=False),
        sa.Column("tried", Json(), nullable=False),
        sa.Column("identity_id", sa.String(36), nullable=True),
        sa.Column("contact_id", sa.String(36), nullable=True),
        sa.Column("last_at", UTCDateTime(), nullable=True),
        sa.Column("last_result", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("list_id", "customer_id", name=op.f("pk_phone_list_people")),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["phone_lists.id"],
            name=op.f("fk_phone_list_people_list_id_phone_lists"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_phone_list_people_customer_id_customers"),
        ),
    )
    waits = sa.text("state = 'due'")
    op.create_index(
        "ix_phone_list_people_due",
        "phone_list_people",
        ["list_id", "due_at", "customer_id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index("ix_phone_list_people_state", "phone_list_people", ["list_id", "state"])
    op.create_index("ix_phone_list_people_customer", "phone_list_people", ["customer_id"])
    for column in ("contact", "identity"):
        known = sa.text(f"{column}_id IS NOT NULL")
        op.create_index(
            f"ix_phone_list_people_{column}",
            "phone_list_people",
            [f"{column}_id"],
            sqlite_where=known,
            postgresql_where=known,
        )


def _attempts() -> None:
    op.create_table(
        "phone_list_attempts",
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("list_id", sa.String(36), nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("arm", sa.String(64), nullable=False),
        sa.Column("identity_id", sa.String(36), nullable=False),
        sa.Column("by_itself", sa.Boolean(), nullable=False),
        sa.Column("dialled_at", UTCDateTime(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(8), nullable=True),
        sa.Column("joined_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_phone_list_attempts")),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["phone_lists.id"],
            name=op.f("fk_phone_list_attempts_list_id_phone_lists"),
        ),
    )
    op.create_index("ix_phone_list_attempts_list", "phone_list_attempts", ["list_id", "dialled_at"])
    op.create_index("ix_phone_list_attempts_identity", "phone_list_attempts", ["identity_id"])


def downgrade() -> None:
    op.drop_column("phone_calls", "watch")
    for name in ("do_not_call", "phone_list_attempts", "phone_list_people", "phone_lists"):
        op.drop_table(name)
