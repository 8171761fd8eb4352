"""How far the sweep is, and the laws that it found broken."""

from sqlalchemy import Column, Index, Integer, String, Table, text

from hub.storage import Json, UTCDateTime, metadata, partial_index

# The one row with the newest look.
law_rounds = Table(
    "law_rounds",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("looked_at", UTCDateTime(), nullable=False),
    Column("contacts", Integer, nullable=False),  # looked at by it
    Column("agents", Integer, nullable=False),
    Column("cursors", Json(), nullable=False),  # model.Cursors
)

law_breaches = Table(
    "law_breaches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("law", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("facts", Json(), nullable=False),  # ids, states and figures as seen last
    Column("found_at", UTCDateTime(), nullable=False),
    Column("seen_at", UTCDateTime(), nullable=False),
    Column("ended_at", UTCDateTime()),  # it was looked at again, and holds
)
_stands = text("ended_at IS NULL")
partial_index(
    "uq_law_breaches_standing",
    law_breaches.c.law,
    law_breaches.c.subject,
    unique=True,
    where=_stands,
)
Index("ix_law_breaches_ended", law_breaches.c.ended_at)
