"""Rows of groups and of who is in them: coming and going are the rows themselves."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from hub.customers.tables import customers
from hub.storage import Json, UTCDateTime, metadata

customer_groups = Table(
    "customer_groups",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("rule", Json(), nullable=False),  # customers/rules: checked before it is kept
    Column("owner_id", String(36), nullable=False),  # the user who answers for it
    Column("version", Integer, nullable=False),  # of the rule and its names
    Column("made_at", UTCDateTime(), nullable=False),
    Column("retired_at", UTCDateTime()),  # nobody is in it any more
    # Everybody is counted page by page when the rule is new, and daily where it asks for times.
    Column("counted_to", String(36)),  # the last customer counted; NULL: all are
    Column("recount_at", UTCDateTime()),
)
_counting = customer_groups.c.counted_to.is_not(None)
Index(
    "ix_customer_groups_counting",
    customer_groups.c.id,
    sqlite_where=_counting,
    postgresql_where=_counting,
)
Index("ix_customer_groups_owner", customer_groups.c.owner_id)

group_members = Table(
    "group_members",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("group_id", String(36), ForeignKey(customer_groups.c.id), nullable=False),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("entered_at", UTCDateTime(), nullable=False),
    Column("left_at", UTCDateTime()),  # NULL: is in it
    info={"follows": "customer"},  # computed: no reason for a customer to stay
)
_inside = group_members.c.left_at.is_(None)
Index(
    "uq_group_members_inside",
    group_members.c.group_id,
    group_members.c.customer_id,
    unique=True,
    sqlite_where=_inside,
    postgresql_where=_inside,
)
Index(
    "ix_group_members_customer",
    group_members.c.customer_id,
    group_members.c.group_id,
)
Index(
    "ix_group_members_newest",
    group_members.c.group_id,
    group_members.c.entered_at,
    group_members.c.id,
    sqlite_where=_inside,
    postgresql_where=_inside,
)
# Comings and goings, the newest first.
Index(
    "ix_group_members_entered",
    group_members.c.group_id,
    group_members.c.entered_at,
    group_members.c.id,
)
_left = group_members.c.left_at.is_not(None)
Index(
    "ix_group_members_left",
    group_members.c.group_id,
    group_members.c.left_at,
    group_members.c.id,
    sqlite_where=_left,
    postgresql_where=_left,
)
