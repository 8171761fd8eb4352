"""What joins contacts. Rows are kept: what was undone or answered says so. Times UTC."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from hub.storage import Json, UTCDateTime, metadata, partial_index

# One contact turned out to be another one: an edge. Entries keep their conversation and seq.
contact_merges = Table(
    "contact_merges",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("from_id", String(36), nullable=False),
    Column("into_id", String(36), nullable=False),
    Column("from_conversation_id", String(36), nullable=False),
    Column("into_conversation_id", String(36), nullable=False),
    # Where the chain of merges ends today: what comes in goes there, the view shows it there.
    Column("kept_conversation_id", String(36), nullable=False),
    Column("from_seq", Integer, nullable=False),  # last seq of both at the merge
    Column("into_seq", Integer, nullable=False),
    Column("by_id", String(36), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("before", Json(), nullable=False),  # model.Before: what both were
    Column("undone_at", UTCDateTime()),
    Column("undone_by_id", String(36)),
)
_in_force = contact_merges.c.undone_at.is_(None)
partial_index("uq_contact_merges_from", contact_merges.c.from_id, unique=True, where=_in_force)
partial_index("ix_contact_merges_kept", contact_merges.c.kept_conversation_id, where=_in_force)
partial_index(
    "ix_contact_merges_conversation",
    contact_merges.c.from_conversation_id,
    contact_merges.c.at,
    where=_in_force,
)
Index("ix_contact_merges_into", contact_merges.c.into_id)

# Messages of one contact that are another matter: they are shown in the new contact, too.
contact_splits = Table(
    "contact_splits",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("from_id", String(36), nullable=False),
    Column("into_id", String(36), nullable=False, unique=True),
    Column("by_id", String(36), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("undone_at", UTCDateTime()),
    Column("undone_by_id", String(36)),
)
Index("ix_contact_splits_from", contact_splits.c.from_id)

contact_split_entries = Table(
    "contact_split_entries",
    metadata,
    Column("split_id", String(36), primary_key=True),
    Column("interaction_id", String(36), primary_key=True),
)

# `from_id` is <kind> `to_id`: related (both ways), duplicate_of, follow_up_of.
contact_links = Table(
    "contact_links",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("from_id", String(36), nullable=False),
    Column("to_id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("by_id", String(36), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    UniqueConstraint("from_id", "to_id"),
)
Index("ix_contact_links_to", contact_links.c.to_id)

# A question to a colleague, or to whoever serves a queue, about a contact that stays where it is.
consults = Table(
    "consults",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), nullable=False),
    Column("by_id", String(36), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("agent_id", String(36)),  # one of the two
    Column("queue_id", String(64)),
    Column("words", Text, nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("state", String(12), nullable=False),  # model.ConsultState
    Column("ended_at", UTCDateTime()),
    Column("ended_by_id", String(36)),
    Column("ended_by_name", String(200)),
)
_open = consults.c.state == text("'open'")
partial_index("ix_consults_agent", consults.c.agent_id, where=_open)
partial_index("ix_consults_queue", consults.c.queue_id, where=_open)
Index("ix_consults_contact", consults.c.contact_id, consults.c.at)
