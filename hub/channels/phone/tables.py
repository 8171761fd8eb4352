"""Rows of the phone channel: calls, connections, what is still to be done, webhooks seen.

Times and ids as in design.md section 4. The channel commits these first, then tells the hub; a step
is a row until it is done, so a restart in between repeats it.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, false, text

from hub.storage import UTCDateTime, metadata, partial_index

calls = Table(
    "phone_calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("entry_point_id", String(64), nullable=False),
    Column("direction", String(8), nullable=False),  # in, out: who called whom
    Column("sid", String(64)),  # the provider's name for the customer's leg; None until it is known
    Column("from_address", String(64), nullable=False),  # '' when withheld
    Column("to_address", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("started_at", UTCDateTime(), nullable=False),
    Column("contact_id", String(36)),
    Column("conversation_id", String(36)),
    Column("leg_state", String(10), nullable=False),
    Column("ringing_at", UTCDateTime()),
    Column("answered_at", UTCDateTime()),
    Column("ended_at", UTCDateTime()),
    Column("cause", String(10)),
    Column("told_position", Integer),
    Column("voicemail", Boolean, nullable=False),
    Column("callback_offered", Boolean, nullable=False),  # 1 in the waiting room has a meaning
    Column("callback_number", String(64)),  # keyed in, and not confirmed yet
    Column("ended_by_us", Boolean, nullable=False),
    Column("dialled_at", UTCDateTime()),  # kept before the provider is asked to call them
    Column("consent", String(8), nullable=False),  # to being recorded: model.Consent
    Column("checked_at", UTCDateTime(), nullable=False),
    Column("in_menu", Boolean, nullable=False, server_default=false()),  # or greeted: not filed yet
    Column("chosen", Text),  # in the menu, as JSON
    Column("watch", String(8), nullable=False, server_default=""),  # model.Watch
    Column("overflowed_at", UTCDateTime()),  # waited longest and went on; once for a call
    Column("outside_at", UTCDateTime()),  # the number outside has picked up
)
Index("uq_phone_calls_sid", calls.c.entry_point_id, calls.c.sid, unique=True)
Index("ix_phone_calls_contact", calls.c.contact_id)
# In the words of their index, which a parameter would not match.
ON_THE_LINE = calls.c.leg_state != text("'ended'")
_live = calls.c.leg_state != "ended"
Index("ix_phone_calls_live", calls.c.checked_at, sqlite_where=_live, postgresql_where=_live)

connections = Table(
    "phone_connections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("call_id", String(36), nullable=False),
    Column("agent_id", String(36), nullable=False),
    Column("agent_address", String(120), nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("dials", Boolean, nullable=False),  # the customer is called once the agent is there
    Column("sid", String(64)),  # the agent's leg; None until the provider named it
    Column("leg_state", String(10), nullable=False),
    Column("ringing_at", UTCDateTime()),
    Column("answered_at", UTCDateTime()),
    Column("ended_at", UTCDateTime()),
    Column("cause", String(10)),
    Column("room_sid", String(64)),
    Column("agent_presence", String(4), nullable=False),
    Column("agent_joined_at", UTCDateTime()),
    Column("agent_left_at", UTCDateTime()),
    Column("customer_presence", String(4), nullable=False),
    Column("customer_joined_at", UTCDateTime()),
    Column("customer_left_at", UTCDateTime()),
    Column("held", Boolean, nullable=False),
    Column("held_sequence", Integer, nullable=False),
    Column("released", Boolean, nullable=False),
    Column("room", String(36)),  # the connection whose room it goes on in; None: its own
    Column("verdict", String(8), nullable=False),
)
_goes_on = connections.c.room.is_not(None)
partial_index("ix_phone_connections_room", connections.c.room, where=_goes_on)
Index("ix_phone_connections_call", connections.c.call_id, connections.c.id)
PENDING = connections.c.verdict == text("'pending'")
_pending = connections.c.verdict == "pending"
Index(
    "ix_phone_connections_pending",
    connections.c.created_at,
    sqlite_where=_pending,
    postgresql_where=_pending,
)

steps = Table(
    "phone_steps",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7: the order in which they are done
    Column("call_id", String(36), nullable=False),
    Column("connection_id", String(36)),
    Column("todo", String(20), nullable=False),
    Column("at", UTCDateTime(), nullable=False),  # when it happened
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", UTCDateTime(), nullable=False),
    Column("lease_until", UTCDateTime()),
    Column("done_at", UTCDateTime()),
    Column("error", Text),
)
_open = steps.c.done_at.is_(None)
Index(
    "ix_phone_steps_open", steps.c.call_id, steps.c.id, sqlite_where=_open, postgresql_where=_open
)
Index("ix_phone_steps_done", steps.c.done_at)

webhooks = Table(
    "phone_webhooks",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("answer", Text, nullable=False),  # what we answered, given again to the same key
    Column("at", UTCDateTime(), nullable=False),
)
Index("ix_phone_webhooks_at", webhooks.c.at)

messages = Table(
    "phone_messages",
    metadata,
    Column("recording_sid", String(64), primary_key=True),
    Column("call_id", String(36), nullable=False),
    Column("contact_id", String(36)),  # the voicemail's own contact
    Column("blob_id", String(36), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("duration_s", Integer, nullable=False),
    Column("recording_id", String(36)),  # ours; None: from before recordings had rows
    Column("sha256", String(64)),
)
Index("ix_phone_messages_contact", messages.c.contact_id)
Index("ix_phone_messages_blob", messages.c.blob_id)

refusals = Table(
    "phone_refusals",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("times", Integer, nullable=False),  # webhooks that were not our account's
    Column("last_at", UTCDateTime(), nullable=False),
    Column("why", String(20), nullable=False),  # of the last: unsigned, signature, account, size
    Column("route", String(40), nullable=False),
)
