"""Rows of recordings at the provider, and words of them that are still to be told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from hub.storage import UTCDateTime, metadata
from hub.storage.partial import in_words, partial_index

from .model import OPEN_STAGES

tapings = Table(
    "phone_recordings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("call_id", String(36), nullable=False),
    Column("connection_id", String(36), nullable=False, unique=True),
    Column("contact_id", String(36), nullable=False),
    Column("sid", String(64)),  # the provider's name; None until it is known
    Column("stage", String(10), nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("started_at", UTCDateTime()),
    Column("duration_s", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("paused_by", String(8), nullable=False),
    Column("turned_at", UTCDateTime()),  # when the newest pause, or its end, was asked for
    Column("blob_id", String(36)),
    Column("size_bytes", Integer),
    Column("sha256", String(64)),
    Column("media_type", String(40)),
    Column("due_at", UTCDateTime()),  # None: nothing is to be done until the talk ends
    Column("lease_until", UTCDateTime()),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
)
Index("ix_phone_recordings_call", tapings.c.call_id)
Index("ix_phone_recordings_contact", tapings.c.contact_id)
Index("ix_phone_recordings_sid", tapings.c.sid)
partial_index("ix_phone_recordings_blob", tapings.c.blob_id, where=tapings.c.blob_id.is_not(None))
partial_index(
    "ix_phone_recordings_open", tapings.c.due_at, where=in_words(tapings.c.stage, OPEN_STAGES)
)

caption_turns = Table(
    "phone_caption_turns",
    metadata,
    Column("connection_id", String(36), primary_key=True),  # the talk, which is not recorded
    Column("call_id", String(36), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("turned_at", UTCDateTime(), nullable=False),  # when the newest wish was made
)
Index("ix_phone_caption_turns_call", caption_turns.c.call_id)

transcripts = Table(
    "phone_transcripts",
    metadata,
    Column("recording_sid", String(64), primary_key=True),
    Column("call_id", String(36), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("due_at", UTCDateTime(), nullable=False),
)
Index("ix_phone_transcripts_due", transcripts.c.due_at)
Index("ix_phone_transcripts_call", transcripts.c.call_id)
