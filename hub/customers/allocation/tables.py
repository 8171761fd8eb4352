"""Rows of who was given a new customer, why, and until when they have to be touched."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from hub.customers.tables import customers
from hub.storage import Json, UTCDateTime, metadata

# Open until the first touch. One that is open has the owner of its customer; `to_id` NULL: nobody
# was there to take them, and it is tried again at `recall_at`.
lead_allocations = Table(
    "lead_allocations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("to_id", String(36)),  # the user
    Column("rule_key", String(64)),  # the set-up's; NULL: by hand, or nobody was there
    Column("trace", Json(), nullable=False),  # model.Trace
    Column("made_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36)),  # the user who said so; NULL: the hub
    Column("within_s", Integer, nullable=False),  # open time until the first touch
    Column("calendar_id", String(64)),  # whose hours are open time; NULL: all are
    Column("remind_at", UTCDateTime(), nullable=False),  # half of it
    Column("reminded_at", UTCDateTime()),
    Column("escalate_at", UTCDateTime(), nullable=False),  # all of it
    Column("escalated_at", UTCDateTime()),
    Column("recall_at", UTCDateTime()),  # half as much again; NULL: nobody else is there
    Column("touched_at", UTCDateTime()),
    Column("ended_at", UTCDateTime()),
    Column("ended_as", String(12)),  # model.EndedAs
    info={"follows": "customer", "by_hand": "made_by"},
)
_open = lead_allocations.c.ended_as.is_(None)
_unreminded = _open & lead_allocations.c.reminded_at.is_(None)
_unescalated = _open & lead_allocations.c.escalated_at.is_(None)
_recalled = _open & lead_allocations.c.recall_at.is_not(None)
Index(
    "ix_lead_allocations_remind",
    lead_allocations.c.remind_at,
    sqlite_where=_unreminded,
    postgresql_where=_unreminded,
)
Index(
    "ix_lead_allocations_escalate",
    lead_allocations.c.escalate_at,
    sqlite_where=_unescalated,
    postgresql_where=_unescalated,
)
Index(
    "ix_lead_allocations_recall",
    lead_allocations.c.recall_at,
    sqlite_where=_recalled,
    postgresql_where=_recalled,
)
Index(
    "uq_lead_allocations_open",
    lead_allocations.c.customer_id,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index("ix_lead_allocations_customer", lead_allocations.c.customer_id, lead_allocations.c.made_at)
# Somebody's own and, below, everybody's, the earliest due first.
Index(
    "ix_lead_allocations_to",
    lead_allocations.c.to_id,
    lead_allocations.c.escalate_at,
    lead_allocations.c.id,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index(
    "ix_lead_allocations_due",
    lead_allocations.c.escalate_at,
    lead_allocations.c.id,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index("ix_lead_allocations_rule", lead_allocations.c.rule_key, lead_allocations.c.id)
