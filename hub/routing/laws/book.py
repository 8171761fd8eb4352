"""What the sweep keeps: where it is, and which laws were found broken, for a month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import delete, func, insert, select, update

from hub.core.ids import new_id
from hub.storage import Tx

from .model import Breach, Cursors, Fact, Law
from .tables import law_breaches, law_rounds

BROKEN = "law.broken"
"""The hint: laws are found broken that were not known to be."""

MOST_STANDING = 100  # more say no more: something is badly wrong
_KEPT = timedelta(days=30)
_ID = "routing"
_OF_AGENTS = frozenset({Law.LOADS, Law.STATE_TIMES})


class Ask(NamedTuple):
    """What the next look is about: those behind the cursors, and those known to be wrong."""

    cursors: Cursors
    contact_ids: frozenset[str]
    agent_ids: frozenset[str]


class Standing(NamedTuple):
    """A law that is broken now."""

    law: Law
    subject: str
    facts: dict[str, Fact]
    found_at: datetime
    seen_at: datetime


class Noted(NamedTuple):
    """`found`: what was not known before; `ended`: what holds again."""

    found: tuple[Breach, ...]
    ended: tuple[Breach, ...]


class Round(NamedTuple):
    """What a round came to. `after`: where the next goes on."""

    breaches: Sequence[Breach]
    after: Cursors
    contacts: int
    agents: int


class Health(NamedTuple):
    """`looked_at`: None before the first look; `ended`: how many broke and hold again, of those
    found since a moment.
    """

    looked_at: datetime | None
    contacts: int
    agents: int
    standing: tuple[Standing, ...]
    ended: int


def next_ask(tx: Tx, _: None = None) -> Ask:
    """Return what the next look is about."""
    kept = tx.execute(select(law_rounds.c.cursors).where(law_rounds.c.id == _ID)).scalar()
    contact_ids: set[str] = set()
    agent_ids: set[str] = set()
    for one in list_standing(tx):
        (agent_ids if one.law in _OF_AGENTS else contact_ids).add(one.subject)
        if one.law is Law.SERVED:
            agent_ids.add(str(one.facts["agent_id"]))
    cursors = Cursors() if kept is None else msgspec.convert(kept, Cursors)
    return Ask(cursors, frozenset(contact_ids), frozenset(agent_ids))


def list_standing(tx: Tx, _: None = None) -> list[Standing]:
    """Return what is broken now, the first one first."""
    rows = tx.execute(
        select(law_breaches)
        .where(law_breaches.c.ended_at.is_(None))
        .order_by(law_breaches.c.found_at, law_breaches.c.id)
    )
    return [
        Standing(Law(row.law), row.subject, row.facts, row.found_at, row.seen_at) for row in rows
    ]


def count_standing(tx: Tx, _: None = None) -> Counter[Law]:
    """Count what is broken now, by law."""
    return Counter(one.law for one in list_standing(tx))


def read_health(tx: Tx, since: datetime) -> Health:
    """Return how far the sweep is and what it found."""
    row = tx.execute(select(law_rounds).where(law_rounds.c.id == _ID)).one_or_none()
    ended = select(func.count()).where(law_breaches.c.ended_at >= since)
    return Health(
        None if row is None else row.looked_at,
        0 if row is None else row.contacts,
        0 if row is None else row.agents,
        tuple(list_standing(tx)),
        tx.execute(ended).scalar_one(),
    )


def note_round(tx: Tx, done: Round) -> Noted:
    """Keep what a round came to. Nothing is mended: whoever runs the hub is told. What is more than
    MOST_STANDING is not kept, and so not told either: it would be found anew each minute.
    """
    standing = {(one.law, one.subject): one for one in list_standing(tx)}
    seen = {breach.key: breach for breach in done.breaches}
    room = max(0, MOST_STANDING - len(standing))
    found = tuple(breach for key, breach in seen.items() if key not in standing)[:room]
    _insert(tx, found)
    for key in standing.keys() & seen.keys():
        _update(tx, key, facts=dict(seen[key].facts), seen_at=tx.now)
    ended = [one for key, one in standing.items() if key not in seen]
    for one in ended:
        _update(tx, (one.law, one.subject), ended_at=tx.now)
    tx.execute(delete(law_breaches).where(law_breaches.c.ended_at < tx.now - _KEPT))
    _keep_place(tx, done)
    if found:
        tx.hint(BROKEN, "")
    return Noted(found, tuple(Breach(one.law, one.subject, one.facts) for one in ended))


def _insert(tx: Tx, found: Sequence[Breach]) -> None:
    if found:
        rows = [
            {
                "id": new_id(),
                "law": one.law.value,
                "subject": one.subject,
                "facts": dict(one.facts),
                "found_at": tx.now,
                "seen_at": tx.now,
            }
            for one in found
        ]
        tx.execute(insert(law_breaches), rows)


def _update(tx: Tx, key: tuple[str, str], **values: Any) -> None:
    law, subject = key
    tx.execute(
        update(law_breaches)
        .where(
            law_breaches.c.law == law,
            law_breaches.c.subject == subject,
            law_breaches.c.ended_at.is_(None),
        )
        .values(**values)
    )


def _keep_place(tx: Tx, done: Round) -> None:
    values = {
        "looked_at": tx.now,
        "contacts": done.contacts,
        "agents": done.agents,
        "cursors": msgspec.to_builtins(done.after),
    }
    if tx.execute(update(law_rounds).where(law_rounds.c.id == _ID).values(**values)).rowcount == 0:
        tx.execute(insert(law_rounds).values(id=_ID, **values))
