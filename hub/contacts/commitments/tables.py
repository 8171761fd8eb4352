"""Rows of commitments. Like interactions they belong to an identity, so to today's customer."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from hub.storage import UTCDateTime, metadata

commitments = Table(
    "commitments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("contact_id", String(36)),  # where it was promised; NULL: on the customer's record
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("owner_id", String(36), nullable=False),  # the user who has to keep it
    Column("made_by", String(36)),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("remind_at", UTCDateTime(), nullable=False),
    Column("reminded_at", UTCDateTime()),
    Column("due_at", UTCDateTime(), nullable=False),
    Column("state", String(12), nullable=False),
    Column("broken_at", UTCDateTime()),
    Column("finished_at", UTCDateTime()),  # kept or withdrawn
    Column("finished_by", String(36)),
    Column("outcome", Text),  # how it was kept, or why it was withdrawn
    Column("version", Integer, nullable=False, default=1),
)
# The timekeeper asks only for open ones whose moment has come: two small indexes, flat at any size.
_open = commitments.c.state == "open"
Index("ix_commitments_due", commitments.c.due_at, sqlite_where=_open, postgresql_where=_open)
_unreminded = (commitments.c.state == "open") & commitments.c.reminded_at.is_(None)
Index(
    "ix_commitments_remind",
    commitments.c.remind_at,
    sqlite_where=_unreminded,
    postgresql_where=_unreminded,
)
_unfinished = commitments.c.state.in_(["open", "broken"])
Index(
    "ix_commitments_owner",
    commitments.c.owner_id,
    commitments.c.due_at,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
Index(
    "ix_commitments_identity",
    commitments.c.identity_id,
    commitments.c.due_at,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)
Index("ix_commitments_whose", commitments.c.identity_id)
Index("ix_commitments_contact", commitments.c.contact_id)
