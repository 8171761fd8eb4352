"""Rows of keeping: how far each rule was carried out, what waits, and which contacts are empty."""

from sqlalchemy import Column, Index, Integer, String, Table

from hub.contacts.tables import contacts
from hub.storage import UTCDateTime, metadata
from hub.storage.partial import partial_index

# Of each rule, and queue, the last that was judged: by the time it ended, and its id.
keeping_progress = Table(
    "keeping_progress",
    metadata,
    Column("rule", String(20), primary_key=True),
    Column("queue_id", String(64), primary_key=True),  # "": a rule that knows no queues
    Column("at", UTCDateTime(), nullable=False),
    Column("last_id", String(36), nullable=False),
)

# What was kept long enough and stays for now: looked at again once a day.
keeping_waits = Table(
    "keeping_waits",
    metadata,
    Column("rule", String(20), primary_key=True),
    Column("object_id", String(36), primary_key=True),
    Column("why", String(12), nullable=False),
    Column("looked_at", UTCDateTime(), nullable=False),
)
Index("ix_keeping_waits_looked", keeping_waits.c.looked_at, keeping_waits.c.object_id)

# What went in the round that goes on, or was cut short, and stands in the audit log not yet: a row
# at most.
keeping_round = Table(
    "keeping_round",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("contacts", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("access_lines", Integer, nullable=False),
)

emptied_contacts = Table(
    "emptied_contacts",
    metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("at", UTCDateTime(), nullable=False),
    Column("days", Integer, nullable=False),  # what the rule said
)

# Final states are not left: `state_since` is when it ended.
_ended = contacts.c.state.in_(["closed", "abandoned"])
partial_index(
    "ix_contacts_ended",
    contacts.c.channel,
    contacts.c.queue_id,
    contacts.c.state_since,
    contacts.c.id,
    where=_ended,
)
