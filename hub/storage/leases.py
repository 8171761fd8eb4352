"""Leases: who does a job of which there must be one. Rows with an expiry and a fencing epoch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Column, Integer, String, Table, and_, insert, or_, select, update

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


def release_lease(tx: Tx, ask: AskLease) -> None:
    """Give a lease back, so that the next holder need not wait for its expiry."""
    tx.execute(
        update(leases)
        .where(and_(leases.c.name == ask.name, leases.c.holder == ask.holder))
        .values(expires_at=tx.now)
    )
