"""recordings of calls: at the provider, and as they are kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.storage import Json, UTCDateTime

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("interaction_id", sa.String(36), nullable=True),
        sa.Column("entry_point_id", sa.String(64), nullable=False),
        sa.Column("queue_id", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(36), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("state_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(36), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("media_type", sa.String(40), nullable=True),
        sa.Column("peaks", Json(), nullable=True),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("delete_after", UTCDateTime(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_by", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_contact", "recordings", ["contact_id"])
    op.create_index("ix_recordings_interaction", "recordings", ["interaction_id"])
    op.create_index(
        "ix_recordings_due",
        "recordings",
        ["delete_after"],
        sqlite_where=sa.text("blob_id IS NOT NULL"),
        postgresql_where=sa.text("blob_id IS NOT NULL"),
    )
    op.create_table(
        "phone_recordings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("connection_id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("sid", sa.String(64), nullable=True),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("paused_by", sa.String(8), nullable=False),
        sa.Column("turned_at", UTCDateTime(), nullable=True),
        sa.Column("blob_id", sa.String(36), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("media_type", sa.String(40), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_recordings")),
        sa.UniqueConstraint("connection_id", name=op.f("uq_phone_recordings_connection_id")),
    )
    op.create_index("ix_phone_recordings_call", "phone_recordings", ["call_id"])
    op.create_index("ix_phone_recordings_contact", "phone_recordings", ["contact_id"])
    op.create_index("ix_phone_recordings_sid", "phone_recordings", ["sid"])
    open_ = sa.text("stage IN ('asked', 'running', 'ended', 'ready', 'copied')")
    op.create_index(
        "ix_phone_recordings_open",
        "phone_recordings",
        ["due_at"],
        sqlite_where=open_,
        postgresql_where=open_,
    )
    op.create_table(
        "phone_transcripts",
        sa.Column("recording_sid", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("recording_sid", name=op.f("pk_phone_transcripts")),
    )
    op.create_index("ix_phone_transcripts_due", "phone_transcripts", ["due_at"])
    op.create_index("ix_phone_transcripts_call", "phone_transcripts", ["call_id"])
    op.add_column(
        "phone_calls",
        sa.Column("consent", sa.String(8), nullable=False, server_default=""),
    )
    op.add_column("phone_messages", sa.Column("recording_id", sa.String(36), nullable=True))
    op.add_column("phone_messages", sa.Column("sha256", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("phone_messages", "sha256")
    op.drop_column("phone_messages", "recording_id")
    op.drop_column("phone_calls", "consent")
    op.drop_table("phone_transcripts")
    op.drop_table("phone_recordings")
    op.drop_table("recordings")
