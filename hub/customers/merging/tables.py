"""Rows of merges and of what is still to be decided. None is ever deleted: this is the log."""

from sqlalchemy import Column, ForeignKey, Index, SmallInteger, String, Table, Text

from hub.customers.tables import customers, identities
from hub.storage import Json, UTCDateTime, metadata

# One edge of the forest (model.py); live until it is undone.
customer_merges = Table(
    "customer_merges",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("from_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("into_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("merged_at", UTCDateTime(), nullable=False),
    Column("merged_by", String(36)),  # the user; NULL: the hub
    Column("reason", Text, nullable=False),
    Column(
        "before", Json(), nullable=False
    ),  # what else it changed, in ids: an undo brings it back
    Column("undone_at", UTCDateTime()),
    Column("undone_by", String(36)),
    Column("undo_reason", Text),
)
_live = customer_merges.c.undone_at.is_(None)
Index(
    "uq_customer_merges_live",
    customer_merges.c.from_id,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)
Index("ix_customer_merges_from", customer_merges.c.from_id, customer_merges.c.merged_at)
Index("ix_customer_merges_into", customer_merges.c.into_id, customer_merges.c.merged_at)

# Are these two the same? A person decides. `identity_id`: the address that made us ask.
customer_conflicts = Table(
    "customer_conflicts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(12), nullable=False),  # claim, import, same_name, external_id
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("other_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("identity_id", String(36), ForeignKey(identities.c.id)),
    Column("evidence", Json(), nullable=False),
    Column("score", SmallInteger, nullable=False),  # 0 to 100: how much speaks for one person
    Column("found_at", UTCDateTime(), nullable=False),
    Column("decided_at", UTCDateTime()),
    Column("decided_by", String(36)),
    Column("decision", String(12)),  # merged, apart, shared
)
_open = customer_conflicts.c.decided_at.is_(None)
Index(
    "uq_customer_conflicts_open",
    customer_conflicts.c.customer_id,
    customer_conflicts.c.other_id,
    customer_conflicts.c.kind,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
_about_address = customer_conflicts.c.identity_id.is_not(None)
Index(  # who uses the same address again asks nothing new, also after it was decided
    "uq_customer_conflicts_identity",
    customer_conflicts.c.customer_id,
    customer_conflicts.c.identity_id,
    unique=True,
    sqlite_where=_about_address,
    postgresql_where=_about_address,
)
Index(
    "ix_customer_conflicts_other",
    customer_conflicts.c.other_id,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index(
    "ix_customer_conflicts_list",
    customer_conflicts.c.found_at,
    customer_conflicts.c.id,
    sqlite_where=_open,
    postgresql_where=_open,
)
# Whom a question is about, also once it is decided: what an undo of an import looks for, and the
# databases before a customer or an address goes.
Index("ix_customer_conflicts_whose", customer_conflicts.c.customer_id)
Index("ix_customer_conflicts_whom", customer_conflicts.c.other_id)
Index("ix_customer_conflicts_identity", customer_conflicts.c.identity_id)
