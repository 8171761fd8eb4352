"""Codes are forgotten: a day later, and with whose address it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select

from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.emptied import empty_effects
from hub.storage.outbox import outbox

from .model import DAY
from .tables import address_codes


def mail_key(code_id: str) -> str:
    """Return the key of the mail with a code in the outbox."""
    return f"code:{code_id}"


_OLD = Look(
    select(address_codes.c.id)
    .where(address_codes.c.made_at <= NOW)
    .order_by(address_codes.c.made_at)
    .limit(LIMIT)
)


def forget_codes(tx: Tx, now: datetime, limit: int) -> int:
    """Timekeeper: delete at most `limit` codes that no limit counts any more; return how many."""
    ids = _OLD.ids(tx, now - DAY, limit)
    return _forget(tx, address_codes.c.id.in_(ids)) if ids else 0


def forget_codes_of(tx: Tx, addresses: Sequence[tuple[str, str]]) -> None:
    """Delete the codes of addresses (kind, normal form) of somebody who is erased."""
    named = {
        kind: sorted(value for one, value in addresses if one == kind) for kind, _ in addresses
    }
    theirs = or_(
        address_codes.c.address.in_(named.get("email", [])),
        address_codes.c.visitor_id.in_(named.get("visitor", [])),
    )
    _forget(tx, and_(theirs))


def _forget(tx: Tx, which: ColumnElement[bool]) -> int:
    """Delete codes, and what their mails said in the outbox; one that waits never goes out."""
    ids = list(
        tx.execute(delete(address_codes).where(which).returning(address_codes.c.id)).scalars()
    )
    if ids:
        empty_effects(tx, outbox.c.dedupe_key.in_([mail_key(id_) for id_ in ids]))
    return len(ids)
