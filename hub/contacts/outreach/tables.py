"""Rows of outreach: whom we wrote to or called of our own accord, or did not, and why."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, and_

from hub.storage import UTCDateTime, metadata

outreach = Table(
    "outreach",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("material", String(120)),  # what was sent, by its key: nobody gets it twice
    Column("campaign_id", String(36)),
    Column("contact_id", String(36)),
    Column("interaction_id", String(36)),  # the message
    Column("outcome", String(12), nullable=False),  # sent, later, refused, failed
    Column("reason", String(24), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("by", String(36)),  # the user; NULL: the hub
    Column("override_reason", Text),  # why a supervisor let it go out all the same
)
Index("ix_outreach_identity", outreach.c.identity_id, outreach.c.at)
_sent = and_(outreach.c.material.is_not(None), outreach.c.outcome == "sent")
Index(
    "uq_outreach_material",
    outreach.c.identity_id,
    outreach.c.material,
    unique=True,
    sqlite_where=_sent,
    postgresql_where=_sent,
)
_by_message = outreach.c.interaction_id.is_not(None)
Index(
    "ix_outreach_interaction",
    outreach.c.interaction_id,
    sqlite_where=_by_message,
    postgresql_where=_by_message,
)
