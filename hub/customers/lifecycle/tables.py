"""Rows of where customers stand: now, every move, and who came by whose word."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from hub.customers.tables import customers
from hub.storage import Json, UTCDateTime, metadata

customer_stages = Table(
    "customer_stages",
    metadata,
    Column("customer_id", String(36), ForeignKey(customers.c.id), primary_key=True),
    Column("stage", String(16), nullable=False),  # model.Stage
    Column("since", UTCDateTime(), nullable=False),
    Column("standing", String(16), nullable=False),  # model.Standing
    Column("standing_since", UTCDateTime(), nullable=False),
    Column("loyalty", String(64), nullable=False),  # a step of the set-up
    Column("loyalty_since", UTCDateTime(), nullable=False),
    Column("next_check_at", UTCDateTime()),  # when time alone moves them
    info={"follows": "customer"},  # computed: no reason for a customer to stay
)
_timed = customer_stages.c.next_check_at.is_not(None)
Index(
    "ix_customer_stages_check",
    customer_stages.c.next_check_at,
    sqlite_where=_timed,
    postgresql_where=_timed,
)

# Each move, with its cause; appended only.
stage_moves = Table(
    "stage_moves",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("axis", String(12), nullable=False),  # model.Axis
    Column("before", String(64)),  # NULL: looked at for the first time
    Column("after", String(64), nullable=False),
    Column("cause", String(24), nullable=False),  # model.Cause
    Column("evidence", Json(), nullable=False),  # the figures it was made by
    Column("reason", String(200), nullable=False),  # in the words of who made it by hand
    Column("at", UTCDateTime(), nullable=False),
    Column("by", String(36)),  # the user; NULL: the hub
    info={"follows": "customer"},
)
Index("ix_stage_moves_customer", stage_moves.c.customer_id, stage_moves.c.at)
# Leads with the time: SQLite, without statistics, would take it for the moves of one customer.
Index("ix_stage_moves_after", stage_moves.c.at, stage_moves.c.axis, stage_moves.c.after)

# Who came by whose word: one for each who came.
referrals = Table(
    "referrals",
    metadata,
    Column("referred_id", String(36), ForeignKey(customers.c.id), primary_key=True),
    Column("referrer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("source", String(64), nullable=False),  # how we know: "customer said", "code", …
    Column("at", UTCDateTime(), nullable=False),
    Column("by", String(36)),  # the user; NULL: the hub
)
Index("ix_referrals_referrer", referrals.c.referrer_id)

# How far everybody was looked at by the rules in force: one row.
lifecycle_sweeps = Table(
    "lifecycle_sweeps",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("rules", String(64), nullable=False),  # their digest
    Column("counted_to", String(36)),  # the last customer looked at; NULL: all are
)
