"""The links of the audit log, the newest of them, and what the last look at them found."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, text

from hub.storage import Json, UTCDateTime, metadata, partial_index

# One link for each line of the audit log there ever was. A line may go, its link stays: with both
# salts gone its digests say nothing of what stood there (docs/audit.md).
audit_links = Table(
    "audit_links",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 …, no gap
    Column("line_id", String(36), nullable=False, unique=True),  # of audit_log
    Column("at", UTCDateTime(), nullable=False),
    Column("action", String(64), nullable=False),
    Column("said_salt", String(32), nullable=False),  # "" once the line is gone
    Column("said_sha256", String(64), nullable=False),
    Column("detail_salt", String(32), nullable=False),  # "" once the detail is gone
    Column("detail_sha256", String(64), nullable=False),
    Column("hash", String(64), nullable=False),  # over all above and the hash of the link before
    Column("gone", String(8)),  # model.Gone
    Column("gone_by", String(36)),  # the line that says that it went
)
partial_index(
    "ix_audit_links_gone",
    audit_links.c.gone_by,
    audit_links.c.seq,
    where=text("gone_by IS NOT NULL"),
)

# The one row with the newest link. Whoever writes a line holds it for the time of the commit.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),  # 0: no line yet
    Column("hash", String(64), nullable=False),
)

# The one row with how far the log is checked, and what was found.
audit_checks = Table(
    "audit_checks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("by_name", String(120), nullable=False),
    Column("begun_at", UTCDateTime(), nullable=False),
    Column("looked_at", UTCDateTime(), nullable=False),
    Column("state", Json(), nullable=False),  # walk.State
)
