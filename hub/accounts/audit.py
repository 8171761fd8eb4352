"""The audit log: who did what to which object, when and from where.

What somebody did stays. Who only came in or looked (`ACCESS`) is kept as long as the set-up says.
Every line has a link in a hash chain (`chain`), which is made with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, and_, delete, func, insert, or_, select, update

from hub.core.ids import new_id
from hub.storage import Tx

from .chain.model import ACCESS, Gone, Line
from .chain.service import Went, link_lines
from .model import Actor
from .tables import audit_log

Detail = str | int | float | bool | None
_HISTORY = 50


def audit(
    tx: Tx,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: str,
    detail: Mapping[str, Detail] | None = None,
) -> None:
    """Write one line of the audit log in the same transaction as the act itself.

    `action` is "<object>.<verb>" ("user.disable"). `detail` never holds customers' words, passwords
    or tokens: the log is kept longer than they are.
    """
    audit_many(tx, actor, action, object_kind, {object_id: detail or {}})


def audit_many(
    tx: Tx,
    actor: Actor,
    action: str,
    object_kind: str,
    objects: Mapping[str, Mapping[str, Detail]],
) -> None:
    """Write one line for each object (id -> detail) of an act on many, in one statement."""
    if not objects:
        return
    lines = [
        Line(
            id=new_id(),
            at=tx.now,
            actor_id=actor.id,
            actor_name=actor.name,
            via=actor.via,
            address=actor.address,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            detail=dict(detail),
        )
        for object_id, detail in objects.items()
    ]
    tx.execute(insert(audit_log), [line._asdict() for line in lines])
    for line in lines:
        tx.at_end(link_lines, line)


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    via: str
    address: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Detail]


class AuditPosition(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class ListAudit(msgspec.Struct, frozen=True, kw_only=True):
    """`object_kind`, `object_id` "" mean all; where the id is asked for, the kind makes it cheap.
    `before` is the last line already seen.
    """

    limit: int
    object_kind: str = ""
    object_id: str = ""
    before: AuditPosition | None = None


def find_last(
    tx: Tx, action: str, object_kind: str, object_id: str, actor_id: str | None = None
) -> AuditLine | None:
    """Return the newest line of an act on an object, by anybody or by one actor; None: no such."""
    lines = select(audit_log).where(
        audit_log.c.object_kind == object_kind,
        audit_log.c.object_id == object_id,
        audit_log.c.action == action,
    )
    if actor_id is not None:
        lines = lines.where(audit_log.c.actor_id == actor_id)
    newest = lines.order_by(audit_log.c.at.desc(), audit_log.c.id.desc()).limit(1)
    row = tx.execute(newest).mappings().one_or_none()
    return None if row is None else AuditLine(**row)


def list_audit(tx: Tx, query: ListAudit) -> list[AuditLine]:
    """List lines of the log, newest first."""
    lines = select(audit_log).order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
    if query.object_kind:
        lines = lines.where(audit_log.c.object_kind == query.object_kind)
    if query.object_id:
        lines = lines.where(audit_log.c.object_id == query.object_id)
    if query.before is not None:
        lines = lines.where(
            or_(
                audit_log.c.at < query.before.at,
                and_(audit_log.c.at == query.before.at, audit_log.c.id < query.before.id),
            )
        )
    rows = tx.execute(lines.limit(query.limit)).mappings()
    return [AuditLine(**row) for row in rows]


def list_history(tx: Tx, object_kind: str, object_id: str) -> list[AuditLine]:
    """Return what was done to one object lately, for those who may see it: from where is for
    admins.
    """
    asked = ListAudit(limit=_HISTORY, object_kind=object_kind, object_id=object_id)
    return [msgspec.structs.replace(line, address="") for line in list_audit(tx, asked)]


class AccessLines(NamedTuple):
    """The next `limit` lines of the log until `before`, after the one of `last_id` at `at`."""

    at: datetime
    last_id: str
    before: datetime
    limit: int


class Passed(NamedTuple):
    """`lines` of the log were looked at, up to the one of `last_id` at `at`; `gone` of them."""

    at: datetime
    last_id: str
    lines: int
    gone: int


def forget_access(tx: Tx, old: AccessLines) -> Passed:
    """Delete which of the next lines only say that somebody came in or looked."""
    found = _next_lines(tx, old)
    gone = [row.id for row in found if row.action in ACCESS]
    if gone:
        tx.execute(delete(audit_log).where(audit_log.c.id.in_(gone)))
        tx.at_end(link_lines, Went(Gone.LINE, gone))
    return _passed(old, found, len(gone))


def forget_details(tx: Tx, action: str, object_kind: str, object_ids: Sequence[str]) -> None:
    """Empty the detail of an act (one of `MAY_GO`) on these objects; that it was done stays."""
    found = select(audit_log.c.id, audit_log.c.detail).where(
        audit_log.c.object_kind == object_kind,
        audit_log.c.object_id.in_(object_ids),
        audit_log.c.action == action,
    )
    line_ids = [row.id for row in tx.execute(found) if row.detail]
    if line_ids:
        tx.execute(update(audit_log).where(audit_log.c.id.in_(line_ids)).values(detail={}))
        tx.at_end(link_lines, Went(Gone.DETAIL, line_ids))


def count_next_access(tx: Tx, old: AccessLines) -> Passed:
    """Return which of the next lines `forget_access` would delete; none is deleted."""
    found = _next_lines(tx, old)
    return _passed(old, found, sum(row.action in ACCESS for row in found))


def _next_lines(tx: Tx, old: AccessLines) -> Sequence[Row[Any]]:
    return tx.execute(
        select(audit_log.c.at, audit_log.c.id, audit_log.c.action)
        .where(
            audit_log.c.at >= old.at,
            or_(audit_log.c.at > old.at, audit_log.c.id > old.last_id),
            audit_log.c.at <= old.before,
        )
        .order_by(audit_log.c.at, audit_log.c.id)
        .limit(old.limit)
    ).all()


def _passed(old: AccessLines, found: Sequence[Row[Any]], gone: int) -> Passed:
    at, last_id = (found[-1].at, found[-1].id) if found else (old.at, old.last_id)
    return Passed(at, last_id, len(found), gone)


def count_access(tx: Tx, before: datetime) -> int:
    """Return how many lines until `before` only say that somebody came in or looked."""
    wanted = select(func.count()).where(audit_log.c.at <= before, audit_log.c.action.in_(ACCESS))
    return int(tx.execute(wanted).scalar_one())
