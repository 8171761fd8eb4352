"""Recordings: what is kept of each, and until when. The row outlives the sound."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from hub.storage import Json, UTCDateTime, metadata
from hub.storage.partial import partial_index

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(36), primary_key=True),  # the channel's own
    Column("kind", String(10), nullable=False),
    Column("contact_id", String(36), nullable=False),
    Column("conversation_id", String(36), nullable=False),
    Column("interaction_id", String(36)),  # its entry on the timeline
    Column("entry_point_id", String(64), nullable=False),
    Column("queue_id", String(64), nullable=False),  # whose rules it is kept by
    Column("agent_id", String(36)),
    Column("state", String(10), nullable=False),
    Column("state_at", UTCDateTime(), nullable=False),
    Column("started_at", UTCDateTime(), nullable=False),
    Column("duration_s", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("blob_id", String(36)),
    Column("size_bytes", Integer),
    Column("sha256", String(64)),
    Column("media_type", String(40)),
    Column("peaks", Json()),  # list of a list for each channel, 0–100; made when first looked at
    Column("transcript", Text),
    Column("note", Text, nullable=False),  # why it is lost
    Column("keep_days", Integer),  # the rule it is kept by
    Column("delete_after", UTCDateTime()),
    Column("held", Boolean, nullable=False),  # legal hold: no rule deletes it
    Column("deleted_at", UTCDateTime()),
    Column("deleted_by", String(40)),  # the rule: "retention:180", "erased"
)
Index("ix_recordings_contact", recordings.c.contact_id)
Index("ix_recordings_interaction", recordings.c.interaction_id)
_kept = recordings.c.blob_id.is_not(None)
partial_index("ix_recordings_due", recordings.c.delete_after, where=_kept)
partial_index("ix_recordings_blob", recordings.c.blob_id, where=_kept)
