"""Guests of calls as everybody is shown them. Rows are kept: who listened is not forgotten."""

from sqlalchemy import Boolean, Column, Index, String, Table

from hub.storage import UTCDateTime, metadata, partial_index

call_guests = Table(
    "call_guests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), nullable=False),
    Column("role", String(10), nullable=False),  # model.GuestRole
    Column("mode", String(8), nullable=False),  # model.GuestMode
    Column("blind", Boolean, nullable=False),  # has the call as soon as they have joined
    Column("user_id", String(36)),  # a colleague of ours; None: an outside number
    Column("name", String(200), nullable=False),  # '' of an outside number
    Column("number", String(64), nullable=False),  # E.164; '' of a colleague
    Column("by_id", String(36), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("state", String(8), nullable=False),  # model.GuestState
    Column("at", UTCDateTime(), nullable=False),
    Column("joined_at", UTCDateTime()),
    Column("ended_at", UTCDateTime()),
    Column("ended_as", String(10)),  # model.GuestEnd
)
Index("ix_call_guests_contact", call_guests.c.contact_id, call_guests.c.at)
_open = call_guests.c.ended_at.is_(None)
partial_index("ix_call_guests_open", call_guests.c.contact_id, where=_open)
partial_index("ix_call_guests_user", call_guests.c.user_id, where=_open)
