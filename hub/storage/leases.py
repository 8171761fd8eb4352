"""Leases: who does a job of which there must be one. Rows with an expiry and a fencing epoch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Column, Integer, String, Table, and_, insert, or_, select, update

from .bulk import Statement, read_time
from .tx import Tx
from .types import UTCDateTime, metadata

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", UTCDateTime(), nullable=False),
)


class AskLease(NamedTuple):
    name: str
    holder: str
    ttl_s: float


@dataclass(frozen=True, slots=True)
class Lease:
    """Held until `expires_at`. `epoch` rises with every new holder: a fence against a late one."""

    name: str
    epoch: int
    expires_at: datetime


def take_lease(tx: Tx, ask: AskLease) -> Lease | None:
    """Take or renew a lease by the database's clock; None while another holds it."""
    expires = tx.now + timedelta(seconds=ask.ttl_s)
    row = tx.execute(select(leases).where(leases.c.name == ask.name).with_for_update()).first()
    if row is None:
        tx.execute(
            insert(leases).values(name=ask.name, holder=ask.holder, epoch=1, expires_at=expires)
        )
        return Lease(ask.name, 1, expires)
    if row.holder != ask.holder and row.expires_at > tx.now:
        return None
    epoch = row.epoch if row.holder == ask.holder else row.epoch + 1
    changed = tx.execute(
        update(leases)
        .where(
            leases.c.name == ask.name,
            leases.c.epoch == row.epoch,
            or_(leases.c.holder == ask.holder, leases.c.expires_at <= tx.now),
        )
        .values(holder=ask.holder, epoch=epoch, expires_at=expires)
    )
    return Lease(ask.name, epoch, expires) if changed.rowcount == 1 else None


_SEEN = Statement("SELECT l.holder, l.expires_at FROM leases l WHERE l.name = :name")
_LOCKED = Statement("SELECT l.holder, l.expires_at FROM leases l WHERE l.name = :name {locked}")


def keep_lease(tx: Tx, ask: AskLease) -> bool:
    """Take a lease, or keep it; False while another holds it. It lasts half of `ttl_s` from now.

    For who comes by many times a second: only when half of it is over anything is written or
    locked. A lock is written, too, on PostgreSQL: the disk would have to make sure of each.
    """
    return _keep(tx, ask, _SEEN)


def hold_lease(tx: Tx, ask: AskLease) -> bool:
    """Like `keep_lease`, and until this transaction ends, however long it takes."""
    return _keep(tx, ask, _LOCKED)


def _keep(tx: Tx, ask: AskLease, found: Statement) -> bool:
    """One that lasts longer than `ttl_s` was written before the clock was set back: it is written,
    too, or nobody could follow a holder that dies before the clock is there again.
    """
    half, whole = (tx.now + timedelta(seconds=ask.ttl_s / part) for part in (2, 1))
    for row in found(tx, (), name=ask.name):
        until = read_time(row.expires_at)
        if row.holder != ask.holder and until > tx.now:
            return False
        if row.holder == ask.holder and half < until <= whole:
            return True
    return take_lease(tx, ask) is not None


def release_lease(tx: Tx, ask: AskLease) -> None:
    """Give a lease back, so that the next holder need not wait for its expiry."""
    tx.execute(
        update(leases)
        .where(and_(leases.c.name == ask.name, leases.c.holder == ask.holder))
        .values(expires_at=tx.now)
    )
