"""The legs of guests; times and ids as in `phone_connections`."""

from sqlalchemy import Boolean, Column, Index, String, Table

from hub.storage import UTCDateTime, metadata, partial_index

guests = Table(
    "phone_guests",
    metadata,
    Column("id", String(36), primary_key=True),  # the hub's own id of the guest
    Column("call_id", String(36), nullable=False),
    Column("room_id", String(36), nullable=False),  # the connection whose room it is
    Column("role", String(10), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("address", String(120), nullable=False),
    Column("user_id", String(36)),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("sid", String(64)),
    Column("leg_state", String(10), nullable=False),
    Column("ringing_at", UTCDateTime()),
    Column("answered_at", UTCDateTime()),
    Column("ended_at", UTCDateTime()),
    Column("cause", String(10)),
    Column("presence", String(4), nullable=False),
    Column("joined_at", UTCDateTime()),
    Column("left_at", UTCDateTime()),
    Column("released", Boolean, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("has_call", Boolean, nullable=False),
)
Index("ix_phone_guests_call", guests.c.call_id, guests.c.id)
partial_index("ix_phone_guests_live", guests.c.created_at, where=guests.c.ended_at.is_(None))
