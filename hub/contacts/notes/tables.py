"""Rows beside notes. The note itself is an interaction; no words are kept here but earlier ones."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from hub.storage import UTCDateTime, metadata, partial_index

# One row for each person whom a note mentions, by name or as one of a team.
mentions = Table(
    "mentions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", String(36), nullable=False),  # who is mentioned
    Column("interaction_id", String(36), ForeignKey("interactions.id"), nullable=False),
    Column("contact_id", String(36), nullable=False),
    Column("kind", String(8), nullable=False),  # user, team, help
    Column("by_id", String(36), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("read_at", UTCDateTime()),
    UniqueConstraint("interaction_id", "user_id"),
)
Index("ix_mentions_user", mentions.c.user_id, mentions.c.at, mentions.c.id)
_unread = mentions.c.read_at.is_(None)
partial_index("ix_mentions_unread", mentions.c.user_id, mentions.c.contact_id, where=_unread)

# What a note said before its author changed or removed it.
note_versions = Table(
    "note_versions",
    metadata,
    Column("interaction_id", String(36), ForeignKey("interactions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),  # from 1
    Column("text", Text, nullable=False),
    Column("replaced_at", UTCDateTime(), nullable=False),
)
