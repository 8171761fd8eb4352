"""Rows of complaints. Like interactions they belong to an identity, so to today's customer."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from hub.storage import UTCDateTime, metadata

complaints = Table(
    "complaints",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("contact_id", String(36)),  # in which they complained
    Column("commitment_id", String(36)),  # what was promised to make it good
    Column("reason", Text, nullable=False),
    Column("source", String(16), nullable=False),  # agent, disposition, survey
    Column("opened_at", UTCDateTime(), nullable=False),
    Column("opened_by", String(36)),  # the user; NULL: the hub
    Column("upheld", Boolean),  # NULL: not decided
    Column("outcome", Text),
    Column("closed_at", UTCDateTime()),
    Column("closed_by", String(36)),
)
Index("ix_complaints_identity", complaints.c.identity_id, complaints.c.opened_at)
_open = complaints.c.closed_at.is_(None)
Index(
    "ix_complaints_open",
    complaints.c.identity_id,
    sqlite_where=_open,
    postgresql_where=_open,
)
_of_contact = complaints.c.contact_id.is_not(None)
Index(
    "ix_complaints_contact",
    complaints.c.contact_id,
    sqlite_where=_of_contact,
    postgresql_where=_of_contact,
)
