"""Contacts that their agent does not go on with: they return to the queue, each once.

Set aside too long for a live one, left untouched, left behind by who signed out or stays away
(routing.md 3.5 and 3.11). Waited time is kept, and the draft stays with the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, literal, or_, select, update

from hub.contacts import service as contacts_service
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.storage import LIMIT, NOW, Look, Tx

from .model import LOST_REASON, AgentState
from .returns import exclude, take_back
from .settings import RoutingSettings, load_settings, rules_of
from .tables import agents

SIGNED_OUT_REASON = "signed_out"
_RETURNED_PRIORITY = 1
# In an agent's hands, and the customer waits for an answer.
_OWED = and_(
    contacts.c.state == ContactState.ACTIVE,
    contacts.c.agent_id.is_not(None),
    contacts.c.unanswered_since.is_not(None),
)


_ASIDE_TOO_LONG = Look(
    select(contacts.c.id)
    .where(_OWED, contacts.c.interrupted_until <= NOW)
    .order_by(contacts.c.interrupted_until)
    .limit(LIMIT)
)


def fire_due_interrupted(tx: Tx, now: datetime, limit: int) -> int:
    """Return contacts that stood aside for a live one too long to the queue; return how many.

    Those whose customer waits for an answer, with their waited time; the agent they were with has
    their hands full and rests of them (routing.md 3.5).
    """
    ids = _ASIDE_TOO_LONG.ids(tx, now, limit)
    return _return_and_rest(
        tx, ids, "interrupted", lambda row: _is_over(row.interrupted_until, now)
    )


class _Untouched(NamedTuple):
    """Written contacts in somebody's hands: those just touched, and those left alone too long."""

    touched: Look
    over: Look


@lru_cache(maxsize=16)  # there are as many as sets of channels that were ever written ones
def _untouched(written: tuple[str, ...]) -> _Untouched:
    neglected = and_(_OWED, contacts.c.channel.in_(written), contacts.c.interrupted_until.is_(None))
    return _Untouched(
        Look(
            select(contacts.c.id, contacts.c.calendar_id)
            .where(neglected, contacts.c.untouched_until.is_(None))
            .order_by(contacts.c.id)
            .limit(LIMIT)
            .with_for_update(of=contacts)
        ),
        Look(
            select(contacts.c.id)
            .where(neglected, contacts.c.untouched_until <= NOW)
            .order_by(contacts.c.untouched_until)
            .limit(LIMIT)
        ),
    )


def fire_due_untouched(tx: Tx, now: datetime, limit: int) -> int:
    """Return written contacts that their agent left untouched to the queue; return how many.

    Accepting, resuming, an answer, one's own note, commitment or saved draft clears its
    `untouched_until`; here its time begins anew, in business time of its own calendar. One that
    stands aside for a live contact is not neglected.
    """
    settings = load_settings(tx)
    written = settings.written_channels
    if not written:
        return 0
    looks = _untouched(tuple(written))
    _begin(tx, settings, looks.touched(tx, now, limit))
    ids = looks.over.ids(tx, now, limit)
    return _return_and_rest(tx, ids, "untouched", lambda row: _is_over(row.untouched_until, now))


def _is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


def _begin(tx: Tx, settings: RoutingSettings, rows: Sequence[Row[Any]]) -> None:
    """Let the time of those run that were touched since the last look."""
    if not rows:
        return
    rules = rules_of(settings)
    untils = {
        key: rules.after(key, settings.untouched_s, tx.now)
        for key in {row.calendar_id for row in rows}
    }
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(untouched_until=bindparam("b_until", type_=contacts.c.untouched_until.type)),
        [{"b_id": row.id, "b_until": untils[row.calendar_id]} for row in rows],
    )


def _return_and_rest(
    tx: Tx, ids: Sequence[str], why: str, is_due: Callable[[Row[Any]], bool]
) -> int:
    """Return those contacts, looked at again under lock, and keep their agents from them."""
    rows = [
        row
        for row in contacts_service.lock_contacts(tx, ids).values()
        if row.state == ContactState.ACTIVE and is_due(row)
    ]
    if not rows:
        return 0
    settings = load_settings(tx)
    take_back(tx, settings, rows, why)
    exclude(tx, settings, [(row.id, row.agent_id) for row in rows if row.agent_id])
    return len(rows)


def find_owed(tx: Tx, settings: RoutingSettings, agent_id: str) -> list[str]:
    """Return the ids of the unanswered written contacts in an agent's hands."""
    held = select(contacts.c.id).where(
        _OWED,
        contacts.c.agent_id == agent_id,
        contacts.c.channel.in_(settings.written_channels),
    )
    return list(tx.execute(held).scalars())


def return_owed(tx: Tx, settings: RoutingSettings, agent_id: str, ids: Sequence[str]) -> None:
    """Return those of `find_owed` to the queue: their agent signs out."""
    if ids:
        take_back(tx, settings, _still_with(tx, ids, {agent_id}), SIGNED_OUT_REASON)


def fire_due_returns(tx: Tx, now: datetime, limit: int) -> int:
    """Return contacts of agents who stay away to the queue; return how many.

    Which channels, and after how many seconds of absence, is the set-up's `presence.return_s`.
    Who was spoken to live goes before others; a written contact returns only while the customer
    waits for an answer, and keeps its place by the time waited.
    """
    settings = load_settings(tx)
    due = [
        and_(
            contacts.c.channel == channel,
            agents.c.present_until <= now - timedelta(seconds=after_s),
            or_(
                contacts.c.unanswered_since.is_not(None),
                literal(not settings.channels[channel].business_time),
            ),
        )
        for channel, after_s in settings.return_s.items()
        if channel in settings.channels
    ]
    if not due:
        return 0
    found = (
        select(contacts.c.id, contacts.c.agent_id)
        .join(agents, agents.c.id == contacts.c.agent_id)
        .where(contacts.c.state == ContactState.ACTIVE, or_(*due))
        .where(agents.c.state == AgentState.OFFLINE)
        .limit(limit)
    )
    left = tx.execute(found).all()
    rows = _still_with(tx, [row.id for row in left], {row.agent_id for row in left})
    written = [row for row in rows if settings.channels[row.channel].business_time]
    live = [row for row in rows if not settings.channels[row.channel].business_time]
    take_back(tx, settings, written, LOST_REASON)
    take_back(tx, settings, live, LOST_REASON, {"priority": _RETURNED_PRIORITY})
    return len(rows)


def _still_with(tx: Tx, ids: Sequence[str], agent_ids: set[str]) -> list[Row[Any]]:
    return [
        row
        for row in contacts_service.lock_contacts(tx, ids).values()
        if row.state == ContactState.ACTIVE and row.agent_id in agent_ids
    ]
