"""Rows of mail on its way in: raw bytes by digest, progress in each mailbox, the token key."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.storage import UTCDateTime, metadata
from hub.storage.partial import partial_index

raw_mails = Table(
    "raw_mails",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("entry_point_id", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),  # of the bytes: the same mail twice is one row
    Column("blob_id", String(36), nullable=False),  # "" once it was deleted
    Column("size_bytes", BigInteger, nullable=False),
    Column("recipient", String(320), nullable=False),  # of the envelope; "" where unknown (IMAP)
    # Who handed it over to our listener, and for which sender of the envelope; NULL: unknown.
    Column("peer", String(45)),
    Column("mail_from", String(320)),
    Column("tls", String(16)),  # by which version it came to our listener ("TLSv1.3"); NULL: none
    Column("state", String(12), nullable=False),  # stored, filed, quarantined
    Column("attempts", Integer, nullable=False, default=0),
    Column("try_at", UTCDateTime(), nullable=False),  # the sweep takes it up from then on
    Column("last_error", Text),
    Column("received_at", UTCDateTime(), nullable=False),
    UniqueConstraint("entry_point_id", "sha256"),
)
Index("ix_raw_mails_blob", raw_mails.c.blob_id)
_there = raw_mails.c.blob_id != text("''")
partial_index("ix_raw_mails_received", raw_mails.c.received_at, raw_mails.c.id, where=_there)
_stored = raw_mails.c.state == "stored"
Index(
    "ix_raw_mails_stored",
    raw_mails.c.try_at,
    sqlite_where=_stored,
    postgresql_where=_stored,
)

mail_cursors = Table(
    "mail_cursors",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("folder", String(200), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("changed_at", UTCDateTime(), nullable=False),
)

mail_keys = Table(
    "mail_keys",
    metadata,
    Column("id", String(16), primary_key=True),  # "tokens"
    Column("key_hex", String(64), nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
)
