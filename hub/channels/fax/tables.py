"""Rows of faxes on their way out: what the gateway's result mail is matched with."""

from sqlalchemy import Column, Index, Integer, String, Table

from hub.storage import UTCDateTime, metadata

fax_jobs = Table(
    "fax_jobs",
    metadata,
    Column("interaction_id", String(36), primary_key=True),
    Column("tag", String(8), nullable=False, unique=True),  # in the subject: "[Fax 7KQ2M4XD]"
    Column("conversation_id", String(36), nullable=False),
    Column("entry_point_id", String(64), nullable=False),
    Column("number", String(40), nullable=False),  # whom we fax, digits only
    Column("pages", Integer, nullable=False),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("ended_at", UTCDateTime()),  # the result came
)
_open = fax_jobs.c.ended_at.is_(None)
Index(
    "ix_fax_jobs_open",
    fax_jobs.c.entry_point_id,
    fax_jobs.c.created_at,
    sqlite_where=_open,
    postgresql_where=_open,
)
