"""Calls in PBXs, and the phones that ring for them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from hub.storage import UTCDateTime, metadata

pbx_calls = Table(
    "pbx_calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("entry_point_id", String(64), nullable=False),
    Column("call_id", String(200), nullable=False),  # the PBX's own
    Column("direction", String(8), nullable=False),
    Column("conversation_id", String(36), nullable=False),
    Column("interaction_id", String(36)),  # its entry on the timeline
    Column("identity_id", String(36), nullable=False),
    Column("contact_id", String(36)),  # once an agent talks, or nobody has answered
    Column("refused", Boolean, nullable=False),  # on the block list: nobody is told
    Column("started_at", UTCDateTime(), nullable=False),
    Column("ended_at", UTCDateTime()),
    Column("version", Integer, nullable=False),  # of what was told of it last
)
Index("uq_pbx_calls", pbx_calls.c.entry_point_id, pbx_calls.c.call_id, unique=True)
Index("ix_pbx_calls_conversation", pbx_calls.c.conversation_id)
Index("ix_pbx_calls_identity", pbx_calls.c.identity_id)

pbx_rings = Table(
    "pbx_rings",
    metadata,
    Column("call_id", String(36), ForeignKey(pbx_calls.c.id), primary_key=True),
    Column("agent_id", String(36), primary_key=True),
    Column("extension", String(32), nullable=False),
    Column("since", UTCDateTime(), nullable=False),
)
Index("ix_pbx_rings_agent", pbx_rings.c.agent_id, pbx_rings.c.since)
