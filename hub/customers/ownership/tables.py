"""Rows of who looked after whom: appended only, never changed."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from hub.customers.tables import customers
from hub.storage import UTCDateTime, metadata

ownership_moves = Table(
    "ownership_moves",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("from_id", String(36)),  # the user before; NULL: nobody
    Column("to_id", String(36)),  # the user since; NULL: nobody
    Column("at", UTCDateTime(), nullable=False),
    Column("by", String(36)),  # the user who said so; NULL: the hub, or the command line
    Column("reason", String(200), nullable=False),
    info={"follows": "customer", "by_hand": "by"},
)
Index("ix_ownership_moves_customer", ownership_moves.c.customer_id, ownership_moves.c.at)
