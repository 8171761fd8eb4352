"""Rows of saved views. Times UTC; ids UUIDv7."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from hub.accounts.tables import users
from hub.storage import Json, UTCDateTime, metadata, partial_index

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("owner_id", String(36), ForeignKey(users.c.id), nullable=False),  # who made it
    Column("team_id", String(64)),  # with whom it is shared; NULL: its owner's alone
    Column("name", String(60), nullable=False),
    Column("filter", Json(), nullable=False),  # views.model.ViewFilter
    Column("position", Integer, nullable=False),  # among those of its owner, or of its team
    Column("changed_at", UTCDateTime(), nullable=False),
    Column("version", Integer, nullable=False, default=1),
)
_shared = saved_views.c.team_id.is_not(None)
partial_index("ix_saved_views_team", saved_views.c.team_id, saved_views.c.position, where=_shared)
Index("ix_saved_views_owner", saved_views.c.owner_id, saved_views.c.position)

# In what order a user has the views, theirs and those that everybody has.
view_orders = Table(
    "view_orders",
    metadata,
    Column("user_id", String(36), ForeignKey(users.c.id), primary_key=True),
    Column("ids", Json(), nullable=False),  # of views, the first one first
)
