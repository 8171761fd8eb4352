"""calls that a PBX carries: what it told, which phones ring, where it stands"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import UTCDateTime

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pbx_calls",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("interaction_id", sa.String(36)),
        sa.Column("identity_id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36)),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("uq_pbx_calls", "pbx_calls", ["entry_point_id", "call_id"], unique=True)
    op.create_index("ix_pbx_calls_conversation", "pbx_calls", ["conversation_id"])
    op.create_index("ix_pbx_calls_identity", "pbx_calls", ["identity_id"])
    op.create_table(
        "pbx_rings",
        sa.Column("call_id", sa.String(36), sa.ForeignKey("pbx_calls.id"), primary_key=True),
        sa.Column("agent_id", sa.String(36), primary_key=True),
        sa.Column("extension", sa.String(32), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_pbx_rings_agent", "pbx_rings", ["agent_id", "since"])
    op.create_table(
        "cti_events",
        sa.Column("entry_point_id", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_cti_events_call", "cti_events", ["entry_point_id", "call_id"])
    op.create_index("ix_cti_events_received", "cti_events", ["received_at"])
    op.create_index("ix_cti_events_last", "cti_events", ["entry_point_id", "received_at"])
    op.create_table(
        "cti_calls",
        sa.Column("entry_point_id", sa.String(64), primary_key=True),
        sa.Column("call_id", sa.String(200), primary_key=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("followed", sa.Integer(), nullable=False),
        sa.Column("heard_at", UTCDateTime(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("contact_id", sa.String(36)),
    )
    op.create_index(
        "ix_cti_calls_live",
        "cti_calls",
        ["heard_at"],
        sqlite_where=sa.text("done IS 0"),
        postgresql_where=sa.text("done IS false"),
    )
    op.create_index("ix_cti_calls_heard", "cti_calls", ["heard_at"])
    op.create_index("ix_cti_calls_contact", "cti_calls", ["contact_id"])
    op.create_table(
        "cti_dials",
        sa.Column("contact_id", sa.String(36), primary_key=True),
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("extension", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("call_id", sa.String(200)),
    )
    op.create_index("ix_cti_dials_asked", "cti_dials", ["entry_point_id", "extension", "asked_at"])
    op.create_index("ix_cti_dials_old", "cti_dials", ["asked_at"])
    op.create_table(
        "cti_refusals",
        sa.Column("entry_point_id", sa.String(64), primary_key=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    for table in ("cti_refusals", "cti_dials", "cti_calls", "cti_events", "pbx_rings", "pbx_calls"):
        op.drop_table(table)
