"""Rows of deadlines. Times UTC, used time in microseconds; see model.Deadline."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from hub.storage import UTCDateTime, metadata

deadlines = Table(
    "sla_deadlines",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact_id", String(36), nullable=False),
    Column("conversation_id", String(36), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("policy_id", String(64), nullable=False),
    Column("calendar_id", String(64), nullable=False),
    Column("target_us", BigInteger, nullable=False),
    Column("since_at", UTCDateTime(), nullable=False),
    Column("used_us", BigInteger, nullable=False),
    Column("start_us", BigInteger),  # virtual start on the calendar's clock; NULL: it stands
    Column("fired_us", BigInteger, nullable=False),
    Column("due_at", UTCDateTime()),
    Column("look_at", UTCDateTime()),
    Column("warned_at", UTCDateTime()),
    Column("breached_at", UTCDateTime()),
    Column("met_at", UTCDateTime()),
    Column("decided_at", UTCDateTime()),
    Column("ended_at", UTCDateTime()),
)
_open = deadlines.c.ended_at.is_(None)
Index(
    "uq_sla_deadlines_open",
    deadlines.c.contact_id,
    deadlines.c.kind,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
# Lists by what is due next.
_coming = _open & deadlines.c.due_at.is_not(None)
Index(
    "ix_sla_deadlines_due",
    deadlines.c.due_at,
    deadlines.c.contact_id,
    sqlite_where=_coming,
    postgresql_where=_coming,
)
# The timekeeper asks only for those with a step to come.
_stepping = deadlines.c.look_at.is_not(None)
Index(
    "ix_sla_deadlines_look",
    deadlines.c.look_at,
    sqlite_where=_stepping,
    postgresql_where=_stepping,
)
_resolution = deadlines.c.kind == "resolution"
Index(
    "ix_sla_deadlines_conversation",
    deadlines.c.conversation_id,
    sqlite_where=_resolution,
    postgresql_where=_resolution,
)
_decided = deadlines.c.decided_at.is_not(None)
Index(
    "ix_sla_deadlines_decided",
    deadlines.c.decided_at,
    sqlite_where=_decided,
    postgresql_where=_decided,
)
