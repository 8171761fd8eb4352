"""Rows of the block list."""

from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from hub.storage import UTCDateTime, metadata

blocks = Table(
    "blocks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(12), nullable=False),  # model.BlockKind
    Column("value", String(254), nullable=False),  # in the form it is compared in
    Column("reason", String(500), nullable=False),
    Column("by_id", String(36)),
    Column("by_name", String(120), nullable=False),
    Column("contact_id", String(36)),  # from which it was blocked, if from one
    Column("created_at", UTCDateTime(), nullable=False),
    Column("expires_at", UTCDateTime()),  # NULL: until somebody takes it away
    UniqueConstraint("kind", "value"),
)
Index("ix_blocks_newest", blocks.c.created_at, blocks.c.id)
