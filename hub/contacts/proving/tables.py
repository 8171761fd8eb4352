"""Codes that were mailed: a keyed digest of each, for a day, because they are counted so long."""

from sqlalchemy import Column, Index, Integer, String, Table, text

from hub.storage import UTCDateTime, metadata

address_codes = Table(
    "address_codes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("visitor_id", String(36), nullable=False),  # only this page may give it
    Column("address", String(254), nullable=False),  # its normal form
    Column("digest", String(64), nullable=False),  # HMAC-SHA256, hex
    # From which network it was asked for, as a digest of the same kind; "": nobody knows.
    Column("network", String(64), nullable=False, default="", server_default=text("''")),
    Column("tries_left", Integer, nullable=False),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("expires_at", UTCDateTime(), nullable=False),
    Column("proved_at", UTCDateTime(), nullable=True),
)
Index("ix_address_codes_address", address_codes.c.address, address_codes.c.made_at)
Index("ix_address_codes_visitor", address_codes.c.visitor_id, address_codes.c.made_at)
Index("ix_address_codes_made_at", address_codes.c.made_at)
