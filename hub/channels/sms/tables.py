"""Rows of texts on their way out, and of numbers that said stop to one of ours."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from hub.storage import UTCDateTime, metadata

sms_sendings = Table(
    "sms_sendings",
    metadata,
    Column("interaction_id", String(36), primary_key=True),
    Column("entry_point_id", String(64), nullable=False),
    Column("conversation_id", String(36), nullable=False),
    Column("begun_at", UTCDateTime(), nullable=False),  # before the provider was asked
    Column("sid", String(34), unique=True),  # the provider's name for it, once it has answered
    Column("state", String(20), nullable=False),  # in the provider's word, "" before any
    Column("code", Integer, nullable=False),  # of its failure
    Column("ended_at", UTCDateTime()),  # nothing more is to be expected of it
)
_open = sms_sendings.c.ended_at.is_(None)
Index(
    "ix_sms_sendings_open",
    sms_sendings.c.begun_at,
    sqlite_where=_open,
    postgresql_where=_open,
)

sms_stops = Table(
    "sms_stops",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("number", String(40), primary_key=True),  # whose; as the provider writes it
    Column("everything", Boolean, nullable=False),  # nothing passes; else: nothing is sold
    Column("at", UTCDateTime(), nullable=False),
)
