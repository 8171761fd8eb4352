"""Rows of consent. They hold no address, only its keyed hash."""

from sqlalchemy import Boolean, Column, Index, String, Table

from hub.storage import Json, UTCDateTime, metadata

# Everything that was ever said; appended only.
consents = Table(
    "consents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("address_kind", String(12), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("channel", String(16), nullable=False),  # "any": every one
    Column("purpose", String(12), nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("basis", String(16), nullable=False),
    Column("source", String(32), nullable=False),  # "link", "words", "keypad", "agent", "import"
    Column("evidence", Json(), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("by", String(36)),  # the user; NULL: the customer themselves, or the hub
)
Index("ix_consents_address", consents.c.address_kind, consents.c.address_hash, consents.c.at)

# What counts now.
consent_states = Table(
    "consent_states",
    metadata,
    Column("address_kind", String(12), primary_key=True),
    Column("address_hash", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("purpose", String(12), primary_key=True),
    Column("allowed", Boolean, nullable=False),
    Column("own_word", Boolean, nullable=False),  # the customer's, not what an import says
    Column("person", Boolean, nullable=False),  # counts at the person's other addresses, too
    Column("at", UTCDateTime(), nullable=False),
    Column("consent_id", String(36), nullable=False),
)
