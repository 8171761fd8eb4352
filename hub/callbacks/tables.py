"""Rows of callbacks. Like interactions they belong to an identity, so to today's customer."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from hub.storage import Json, UTCDateTime, in_words, metadata, partial_index

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("entry_point_id", String(64), nullable=False),  # from where the customer is called
    Column("queue_id", String(64), nullable=False),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("identity_id", String(36), ForeignKey("customer_identities.id"), nullable=False),
    Column("number", String(32), nullable=False),  # E.164; what the customer asked to be called at
    Column("language", String(16)),
    Column("tier", String(32), nullable=False),
    Column("source_contact_id", String(36)),  # the call it came from
    Column("contact_id", String(36)),  # of the attempt that is next or under way; NULL: waits
    # What its contact has where it enters the queue (see routing.placement).
    Column("waited_us", BigInteger, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("requirements", Json(), nullable=False),
    Column("skill_step", SmallInteger, nullable=False),
    Column("excluded_agent_id", String(36)),  # whose phone failed: rests of the next contact
    Column("attempts", SmallInteger, nullable=False),
    Column("failed", SmallInteger, nullable=False),
    Column("due_at", UTCDateTime()),  # its one timer (model.Progress)
    Column("asked_for_at", UTCDateTime()),  # the time agreed with the customer
    Column("last_at", UTCDateTime()),  # the newest attempt, and how it ended
    Column("last_outcome", String(12)),
    Column("last_reason", String(40)),
    Column("made_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36)),  # the user; NULL: the customer, or the hub
    Column("finished_at", UTCDateTime()),
    Column("finished_by", String(36)),
    Column("note", Text),
    Column("version", Integer, nullable=False),
)
_open = callbacks.c.state.in_(["waiting", "queued", "dialling"])
Index("ix_callbacks_whose", callbacks.c.identity_id)
# Nobody is called back twice for the same thing.
Index(
    "uq_callbacks_open",
    callbacks.c.identity_id,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index("ix_callbacks_number", callbacks.c.number, sqlite_where=_open, postgresql_where=_open)
# How often a number was asked for lately.
Index("ix_callbacks_number_made", callbacks.c.number, callbacks.c.made_at)
_timed = callbacks.c.due_at.is_not(None)
Index("ix_callbacks_due", callbacks.c.due_at, sqlite_where=_timed, postgresql_where=_timed)
_in_hand = callbacks.c.contact_id.is_not(None)
Index(
    "ix_callbacks_contact", callbacks.c.contact_id, sqlite_where=_in_hand, postgresql_where=_in_hand
)
Index("ix_callbacks_source", callbacks.c.source_contact_id)
Index("ix_callbacks_list", callbacks.c.state, callbacks.c.made_at, callbacks.c.id)
# What a team has to call: few of all there ever were.
is_open = in_words(callbacks.c.state, ("waiting", "queued", "dialling"))
partial_index("ix_callbacks_queue", callbacks.c.queue_id, callbacks.c.due_at, where=is_open)
