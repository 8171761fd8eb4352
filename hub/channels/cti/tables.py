"""Rows of the PBX channel: what was told of each call, and which calls the hub is still to hear
of.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from hub.storage import UTCDateTime, metadata, partial_index

events = Table(
    "cti_events",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),  # of the event: the same again is no other
    Column("call_id", String(200), nullable=False),
    Column("event", Text, nullable=False),  # PbxEvent as JSON
    Column("received_at", UTCDateTime(), nullable=False),
)
Index("ix_cti_events_call", events.c.entry_point_id, events.c.call_id)
Index("ix_cti_events_received", events.c.received_at)
Index("ix_cti_events_last", events.c.entry_point_id, events.c.received_at)

calls = Table(
    "cti_calls",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("call_id", String(200), primary_key=True),
    Column("told", Integer, nullable=False),  # events so far
    Column("followed", Integer, nullable=False),  # of them, the hub knows
    Column("heard_at", UTCDateTime(), nullable=False),
    Column("done", Boolean, nullable=False),
    Column("contact_id", String(36)),  # from which the call was asked for
)
_LIVE = calls.c.done.is_(False)
partial_index("ix_cti_calls_live", calls.c.heard_at, where=_LIVE)
Index("ix_cti_calls_heard", calls.c.heard_at)
Index("ix_cti_calls_contact", calls.c.contact_id)

dials = Table(
    "cti_dials",
    metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("entry_point_id", String(64), nullable=False),
    Column("extension", String(32), nullable=False),
    Column("number", String(32), nullable=False),
    Column("asked_at", UTCDateTime(), nullable=False),
    Column("call_id", String(200)),  # once it is known which it became
)
Index("ix_cti_dials_asked", dials.c.entry_point_id, dials.c.extension, dials.c.asked_at)
Index("ix_cti_dials_old", dials.c.asked_at)

refusals = Table(
    "cti_refusals",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last_at", UTCDateTime(), nullable=False),
    Column("why", String(32), nullable=False),
)
