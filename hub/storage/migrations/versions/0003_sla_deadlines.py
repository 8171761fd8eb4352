"""sla deadlines"""

import sqlalchemy as sa
from alembic import op

from hub.storage import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")
_STEPPING = sa.text("look_at IS NOT NULL")
_RESOLUTION = sa.text("kind = 'resolution'")
_DECIDED = sa.text("decided_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("sla_policy_id", sa.String(length=64), nullable=True))
    op.add_column("contacts", sa.Column("sla_stale_at", types.UTCDateTime(), nullable=True))
    op.create_index(
        "ix_contacts_sla_stale",
        "contacts",
        ["sla_stale_at"],
        unique=False,
        sqlite_where=sa.text("sla_stale_at IS NOT NULL"),
        postgresql_where=sa.text("sla_stale_at IS NOT NULL"),
    )
    op.create_table(
        "sla_deadlines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("policy_id", sa.String(length=64), nullable=False),
        sa.Column("calendar_id", sa.String(length=64), nullable=False),
        sa.Column("target_us", sa.BigInteger(), nullable=False),
        sa.Column("since_at", types.UTCDateTime(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=True),
        sa.Column("fired_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at", types.UTCDateTime(), nullable=True),
        sa.Column("look_at", types.UTCDateTime(), nullable=True),
        sa.Column("warned_at", types.UTCDateTime(), nullable=True),
        sa.Column("breached_at", types.UTCDateTime(), nullable=True),
        sa.Column("met_at", types.UTCDateTime(), nullable=True),
        sa.Column("decided_at", types.UTCDateTime(), nullable=True),
        sa.Column("ended_at", types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_deadlines")),
    )
    for name, columns, unique, where in (
        ("uq_sla_deadlines_open", ["contact_id", "kind"], True, _OPEN),
        ("ix_sla_deadlines_look", ["look_at"], False, _STEPPING),
        ("ix_sla_deadlines_conversation", ["conversation_id"], False, _RESOLUTION),
        ("ix_sla_deadlines_decided", ["decided_at"], False, _DECIDED),
    ):
        op.create_index(
            name,
            "sla_deadlines",
            columns,
            unique=unique,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    op.drop_table("sla_deadlines")
    op.drop_index("ix_contacts_sla_stale", table_name="contacts")
    op.drop_column("contacts", "sla_stale_at")
    op.drop_column("contacts", "sla_policy_id")
