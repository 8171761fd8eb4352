"""the audit log is a hash chain: each line there is gets its link, in the order they were written

The links are made as hub.accounts.chain.model makes them in this version; they are written here
once more because a migration must not change with the code. They vouch that nothing changed since.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from hub.core.ids import new_id
from hub.storage import Json, UTCDateTime
from hub.storage.types import to_micros

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None

_FORM = "contact-hub audit 1"
_LINES = 500
_log = sa.table(
    "audit_log",
    sa.column("id", sa.String()),
    sa.column("at", UTCDateTime()),
    sa.column("actor_id", sa.String()),
    sa.column("actor_name", sa.String()),
    sa.column("via", sa.String()),
    sa.column("address", sa.String()),
    sa.column("action", sa.String()),
    sa.column("object_kind", sa.String()),
    sa.column("object_id", sa.String()),
    sa.column("detail", Json()),
)


def upgrade() -> None:
    links = op.create_table(
        "audit_links",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.String(36), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("said_salt", sa.String(32), nullable=False),
        sa.Column("said_sha256", sa.String(64), nullable=False),
        sa.Column("detail_salt", sa.String(32), nullable=False),
        sa.Column("detail_sha256", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("gone", sa.String(8), nullable=True),
        sa.Column("gone_by", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("line_id", name=op.f("uq_audit_links_line_id")),
    )
    gone = sa.text("gone_by IS NOT NULL")
    op.create_index(
        "ix_audit_links_gone",
        "audit_links",
        ["gone_by", "seq"],
        sqlite_where=gone,
        postgresql_where=gone,
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_checks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("state", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checks")),
    )
    seq, newest = _link_what_stands(links)
    op.bulk_insert(head, [{"id": 1, "seq": seq, "hash": newest}])


def downgrade() -> None:
    for table in ("audit_checks", "audit_head", "audit_links"):
        op.drop_table(table)


def _link_what_stands(links: sa.Table) -> tuple[int, str]:
    """Link the lines page by page; return the newest link. The log says that they stood before."""
    connection = op.get_bind()
    seq, newest, place = 0, hashlib.sha256(_FORM.encode()).hexdigest(), None
    while rows := connection.execute(_next(place)).mappings().all():
        made = []
        for row in rows:
            seq += 1
            made.append(_link(seq, newest, dict(row)))
            newest = made[-1]["hash"]
        connection.execute(sa.insert(links), made)
        place = (rows[-1]["at"], rows[-1]["id"])
    if place is None:
        return seq, newest
    begun = _begun(seq)
    connection.execute(sa.insert(_log), [begun])
    link = _link(seq + 1, newest, begun)
    connection.execute(sa.insert(links), [link])
    return seq + 1, link["hash"]


def _next(place: tuple[datetime, str] | None) -> sa.Select[Any]:
    lines = sa.select(_log).order_by(_log.c.at, _log.c.id).limit(_LINES)
    if place is None:
        return lines
    at, last_id = place
    return lines.where(_log.c.at >= at, sa.or_(_log.c.at > at, _log.c.id > last_id))


def _begun(lines: int) -> dict[str, Any]:
    """The line that says how many stood before."""
    return {
        "id": new_id(),
        "at": datetime.now(UTC),
        "actor_id": None,
        "actor_name": "hub",
        "via": "system",
        "address": "",
        "action": "audit.begin",
        "object_kind": "audit",
        "object_id": "",
        "detail": {"lines": lines},
    }


def _link(seq: int, before: str, line: Mapping[str, Any]) -> dict[str, Any]:
    salts = secrets.token_hex(16), secrets.token_hex(16)
    names = ("actor_id", "actor_name", "via", "address", "action", "object_kind", "object_id")
    micros = to_micros(line["at"])
    said = _digest([salts[0], line["id"], micros, *(line[name] for name in names)])
    plain = {name: _number(value) for name, value in line["detail"].items()}
    detail = _digest([salts[1], plain])
    return {
        "seq": seq,
        "line_id": line["id"],
        "at": line["at"],
        "action": line["action"],
        "said_salt": salts[0],
        "said_sha256": said,
        "detail_salt": salts[1],
        "detail_sha256": detail,
        "hash": _digest([_FORM, seq, before, line["id"], micros, line["action"], said, detail]),
    }


def _digest(values: list[Any]) -> str:
    text = json.dumps(
        values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
