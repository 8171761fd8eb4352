"""Rows of legal holds: one for each record that is held."""

from sqlalchemy import Column, ForeignKey, String, Table, Text

from hub.customers.tables import customers
from hub.storage import UTCDateTime, metadata

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("customer_id", String(36), ForeignKey(customers.c.id), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by_id", String(36)),  # the user; NULL: an API key, or the command line
    Column("by_name", String(120), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
)
