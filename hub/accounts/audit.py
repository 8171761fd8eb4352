"""The audit log: who did what to which object, when and from where. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import and_, insert, or_, select

from hub.core.ids import new_id
from hub.storage import Tx

from .model import Actor
from .tables import audit_log

Detail = str | int | float | bool | None


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
    tx.execute(
        insert(audit_log),
        [
            {
                "id": new_id(),
                "at": tx.now,
                "actor_id": actor.id,
                "actor_name": actor.name,
                "via": actor.via,
                "address": actor.address,
                "action": action,
                "object_kind": object_kind,
                "object_id": object_id,
                "detail": dict(detail),
            }
            for object_id, detail in objects.items()
        ],
    )


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
    """`object_id` "" means all objects; `before` is the last line already seen."""

    limit: int
    object_id: str = ""
    before: AuditPosition | None = None


def list_audit(tx: Tx, query: ListAudit) -> list[AuditLine]:
    """List lines of the log, newest first."""
    lines = select(audit_log).order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
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
