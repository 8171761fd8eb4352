"""What was missed lately: offers that ran out, callers who gave up; and what became of them since.

A fixed number of statements, each by an index of the user or of the queues alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Subquery, select, text, union_all

from hub.contacts.access import Sight
from hub.contacts.model import HELD, WAITING, ContactState
from hub.contacts.tables import contacts
from hub.customers.model import IdentityKind
from hub.customers.tables import identities
from hub.routing.tables import offers
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time, tx_time

from .rows import user_names

MOST_MISSED = 100
_MOST_PARTS = 60  # databases bound how many parts a statement has
_BACK = timedelta(days=1)
_EXPIRED = offers.c.state == text("'expired'")  # as ix_offers_missed has it


class Later(NamedTuple):
    """`how`: taken, answered, waiting, callback, closed."""

    how: str
    at: datetime
    by_name: str | None = None
    contact_id: str | None = None


class Missed(NamedTuple):
    """A row of `contacts`. `offered`: to this user. `later` None: nobody has taken it up since."""

    contact: Row[Any]
    offered: bool
    at: datetime
    can_be_called: bool
    later: Later | None

    @property
    def waits(self) -> bool:
        """Nobody has taken it up, and somebody can: who left a chat cannot be called."""
        gave_up = self.contact.state == ContactState.ABANDONED
        return self.later is None and (self.can_be_called or not gave_up)


def missed_of(tx: Tx, sight: Sight, queue_ids: Sequence[str]) -> list[Missed]:
    """Return the offers that this user missed, and the callers of these queues who gave up, of the
    last day: the newest MOST_MISSED, each contact once.
    """
    since = tx.now - _BACK
    ran_out = _ran_out(tx, sight, since)
    gave_up = _gave_up(tx, queue_ids, since)
    missed_at = {row.id: row.missed_at for row in ran_out}
    rows = {row.id: row for row in (*ran_out, *gave_up)}
    at = {row.id: row.closed_at or missed_at[row.id] for row in gave_up} | missed_at
    shown = sorted(rows.values(), key=lambda row: at[row.id], reverse=True)[:MOST_MISSED]
    later = _later(tx, sight, [row for row in shown if row.state == ContactState.ABANDONED])
    names = user_names(tx, [row.agent_id for row in shown])
    return [
        Missed(
            row,
            row.id in missed_at,
            at[row.id],
            row.identity_kind == IdentityKind.PHONE,
            later.get(row.id) or _own(row, names.get(row.agent_id or "")),
        )
        for row in shown
    ]


def _ran_out(tx: Tx, sight: Sight, since: datetime) -> Sequence[Row[Any]]:
    found = (
        select(
            contacts,
            identities.c.kind.label("identity_kind"),
            offers.c.resolved_at.label("missed_at"),
        )
        .select_from(offers)
        .join(contacts, contacts.c.id == offers.c.contact_id)
        .join(identities, identities.c.id == contacts.c.identity_id)
        .where(_EXPIRED, offers.c.agent_id == sight.user_id, offers.c.made_at >= since)
        .where(contacts.c.agent_id.is_distinct_from(sight.user_id), sight.contacts())
        .order_by(offers.c.made_at.desc())
    )
    newest = tx.execute(found.limit(MOST_MISSED)).all()
    return newest[::-1]  # of one that ran out twice the later stays


def _gave_up(tx: Tx, queue_ids: Sequence[str], since: datetime) -> Sequence[Row[Any]]:
    """Callers whose number is known; who left a page cannot be called."""
    if not queue_ids:
        return []
    each = [[queue_id] for queue_id in sorted(queue_ids)]
    if len(each) > _MOST_PARTS:
        each = [sorted(queue_ids)]
    parts = [_newest(some, since) for some in each]
    newest = union_all(*(select(part.c.id) for part in parts))
    found = (
        select(contacts, identities.c.kind.label("identity_kind"))
        .join(identities, identities.c.id == contacts.c.identity_id)
        .where(contacts.c.id.in_(newest))
        .order_by(contacts.c.last_message_at.desc(), contacts.c.id)
    )
    return tx.execute(found.limit(MOST_MISSED)).all()


def _newest(queue_ids: Sequence[str], since: datetime) -> Subquery:
    """The range of one queue, in its order: of other queues no row is read. Of many queues all of
    the day are read, and sorted.
    """
    found = (
        select(contacts.c.id)
        .join(identities, identities.c.id == contacts.c.identity_id)
        .where(
            contacts.c.queue_id.in_(queue_ids),
            contacts.c.state == ContactState.ABANDONED,
            contacts.c.last_message_at >= since,
            identities.c.kind == IdentityKind.PHONE,
        )
        .order_by(contacts.c.last_message_at.desc())
    )
    return found.limit(MOST_MISSED).subquery()


_SINCE = Statement("""
SELECT {text 0} AS missed_id, k.id, k.queue_id, k.opened_at, k.answered_at, k.agent_id
FROM {rows} JOIN customer_identities m ON m.id = {text 1}
JOIN customer_identities i ON i.customer_id = m.customer_id
JOIN contacts k ON k.identity_id = i.id AND k.opened_at > {time 2}
WHERE k.answered_at IS NOT NULL OR k.state NOT IN ('closed', 'abandoned')
""")

_TO_CALL = Statement("""
SELECT {text 0} AS missed_id, c.made_at, c.due_at
FROM {rows} JOIN callbacks c ON c.identity_id = {text 1}
AND c.state || '' IN ('waiting', 'queued', 'dialling')
""")  # by who gave up: with the bare state SQLite would walk all open callbacks


def _later(tx: Tx, sight: Sight, rows: Sequence[Row[Any]]) -> dict[str, Later]:
    """Return what became of customers who gave up: spoken to, waiting again, to be called back. By
    whom and where is told as far as this user sees it.
    """
    if not rows:
        return {}
    asked = [[row.id, row.identity_id, tx_time(tx, row.opened_at)] for row in rows]
    found: dict[str, Later] = {
        row.missed_id: Later("callback", read_time(row.due_at or row.made_at))
        for row in _TO_CALL(tx, asked)
    }
    since = sorted(_SINCE(tx, asked), key=lambda row: (row.answered_at is None, row.opened_at))
    names = user_names(tx, [row.agent_id for row in since])
    told: set[str] = set()
    for row in since:  # the first answer counts, else that they are called back or wait again
        answered = row.answered_at is not None
        if row.missed_id in (told if answered else found):
            continue
        told.add(row.missed_id)
        seen = sight.sees(row.queue_id, row.agent_id, row.id)
        found[row.missed_id] = Later(
            "answered" if answered else "waiting",
            read_time(row.answered_at if answered else row.opened_at),
            names.get(row.agent_id or "") if answered and seen else None,
            row.id if seen else None,
        )
    return found


def _own(row: Row[Any], agent_name: str | None) -> Later | None:
    """What became of the contact itself; None: it still waits, or its customer gave up."""
    state = ContactState(row.state)
    if state in WAITING or state is ContactState.ABANDONED:
        return None
    if state in HELD or agent_name is not None:
        return Later("taken", row.answered_at or row.state_since, agent_name, row.id)
    return Later("closed", row.closed_at or row.state_since, None, row.id)
