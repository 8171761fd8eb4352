"""A provider goes away and comes back: kept once, told to every console, asked before we dial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage import Tx

from .tables import provider_outages

CHANGED = "provider.changed"
"""The hint; its key is the channel."""

_MOST_REASON = 200


@dataclass(frozen=True, slots=True)
class Outage:
    """`since`: the first request that was not answered; `heard_at`: what it told us by itself
    since then."""

    channel: str
    since: datetime
    reason: str
    heard_at: datetime | None = None


def note_away(tx: Tx, outage: Outage) -> None:
    """Keep that a provider is away. Known already, only what is new of it is kept: several
    processes may find out at once.
    """
    known = find_outage(tx, outage.channel)
    new = {"reason": outage.reason[:_MOST_REASON], "heard_at": outage.heard_at}
    if known is None:
        insert = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
        row = insert(provider_outages).values(channel=outage.channel, since=outage.since, **new)
        tx.execute(row.on_conflict_do_nothing(index_elements=["channel"]))
    elif (known.reason, known.heard_at) != (new["reason"], new["heard_at"]):
        mine = provider_outages.c.channel == outage.channel
        tx.execute(update(provider_outages).where(mine).values(**new))
    else:
        return
    tx.hint(CHANGED, outage.channel)


def note_back(tx: Tx, channel: str) -> None:
    """A provider answers again; nothing where it was not away."""
    gone = tx.execute(delete(provider_outages).where(provider_outages.c.channel == channel))
    if gone.rowcount:
        tx.hint(CHANGED, channel)


def find_outage(tx: Tx, channel: str) -> Outage | None:
    """Return since when the provider of a channel is away; None: it is not."""
    row = tx.execute(
        select(provider_outages).where(provider_outages.c.channel == channel)
    ).one_or_none()
    return None if row is None else Outage(row.channel, row.since, row.reason, row.heard_at)


def list_outages(tx: Tx, _: None = None) -> list[Outage]:
    """Return all that are away, the first one first."""
    rows = tx.execute(select(provider_outages).order_by(provider_outages.c.since))
    return [Outage(row.channel, row.since, row.reason, row.heard_at) for row in rows]
