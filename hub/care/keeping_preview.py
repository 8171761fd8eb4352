"""What would go by days that somebody considers: bounded, so that a page may ask as they type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import and_, case, exists, func, select

from hub.accounts.audit import AccessLines, count_next_access
from hub.contacts.keeping.model import ACCESS_LOG, CHANNEL, ORIGINALS, Kept, Why, cutoff
from hub.contacts.keeping.progress import BEGINNING, Place, find_place, list_places
from hub.contacts.keeping.tables import emptied_contacts, keeping_waits
from hub.contacts.tables import contacts
from hub.customers.settings import CustomerSettings, Keep, QueueKeep, load_customer_settings
from hub.routing.tables import queues
from hub.storage import Tx

from .keeping import Rule, next_of, rules_of
from .keeping_figures import goes_by

MOST = 10_000


CountOriginals = Callable[[Tx, Place, datetime, int], tuple[int, int]]
"""Of the next originals after a place that came until then, so many at most: how many there are,
and their size in bytes.
"""


class Considered(NamedTuple):
    """Days that need not be in force; `queues`: by queue, what differs. Of each kind at most `most`
    are looked at. `count_originals`: how the channels do it that keep some.
    """

    keep: Keep
    queues: dict[str, QueueKeep]
    count_originals: CountOriginals
    most: int = MOST


class Going(NamedTuple):
    """`n` would go, of those that were looked at; `more`: not all were."""

    n: int
    more: bool


class Preview(NamedTuple):
    """`going`: by `Kept`, ORIGINALS and ACCESS_LOG, an upper bound: what is open, promised or held
    is found when it is judged. `originals_bytes`: of those counted. `waits`: by why, what was
    judged and stays for now, whatever the days.
    """

    going: dict[str, Going]
    originals_bytes: int
    waits: dict[Why, Going]


def preview_keeping(tx: Tx, asked: Considered) -> Preview:
    """Return what would go now by these days, of what no round has judged yet."""
    now = load_customer_settings(tx)
    privacy = msgspec.structs.replace(now.privacy, keep=asked.keep)
    queue_keep = {**_of_retired(tx, now), **asked.queues}
    settings = msgspec.structs.replace(now, privacy=privacy, queue_keep=queue_keep)
    going = _contacts(tx, settings, asked.most)
    going[ORIGINALS], size_bytes = _originals(tx, settings, asked)
    going[ACCESS_LOG] = _access(tx, settings, asked.most)
    return Preview(going, size_bytes, _waits(tx, asked.most))


def _of_retired(tx: Tx, now: CustomerSettings) -> dict[str, QueueKeep]:
    """Return the days of queues that the set-up names no more: those they had stay in force,
    whatever is considered for the others.
    """
    if not now.queue_keep:
        return {}
    gone = select(queues.c.id).where(queues.c.id.in_(sorted(now.queue_keep)), queues.c.retired)
    return {queue_id: now.queue_keep[queue_id] for queue_id in tx.execute(gone).scalars()}


def _contacts(tx: Tx, settings: CustomerSettings, most: int) -> dict[str, Going]:
    """Count by kind over all queues; what is not looked at any more is not asked for."""
    places = list_places(tx)
    seen, found = dict.fromkeys(Kept, 0), dict.fromkeys(Kept, 0)
    for rule in rules_of(tx, settings):
        left = most + 1 - seen[rule.kept]
        if left > 0:
            place = places.get((rule.kept, rule.queue_id), BEGINNING)
            looked, going = _count(tx, rule, place, left)
            seen[rule.kept] += looked
            found[rule.kept] += going
    return {kept: Going(min(found[kept], most), seen[kept] > most) for kept in Kept}


def _count(tx: Tx, rule: Rule, place: Place, limit: int) -> tuple[int, int]:
    """Return how many were looked at, and how many of them would go."""
    c = contacts.c
    columns = (c.id, c.identity_id, c.state_since)
    looked = next_of(rule, place, limit).with_only_columns(*columns).subquery()
    goes = ~exists().where(  # as `is_empty`
        emptied_contacts.c.contact_id == looked.c.id,
        emptied_contacts.c.at > looked.c.state_since,
    )
    if CHANNEL[rule.kept] is CHANNEL[Kept.CHATS]:
        goes = and_(goes, goes_by(rule.kept, looked.c.identity_id))
    going = func.coalesce(func.sum(case((goes, 1), else_=0)), 0)
    row = tx.execute(select(func.count().label("looked"), going.label("going")).select_from(looked))
    found = row.one()
    return int(found.looked), int(found.going)


def _originals(tx: Tx, settings: CustomerSettings, asked: Considered) -> tuple[Going, int]:
    days = settings.privacy.keep.originals_days
    if not days:
        return Going(0, more=False), 0
    before = cutoff(tx.now, days, settings.zone)
    place = find_place(tx, ORIGINALS)
    n, size_bytes = asked.count_originals(tx, place, before, asked.most + 1)
    return Going(min(n, asked.most), n > asked.most), size_bytes


def _access(tx: Tx, settings: CustomerSettings, most: int) -> Going:
    before = cutoff(tx.now, settings.privacy.keep.access_log_days, settings.zone)
    place = find_place(tx, ACCESS_LOG)
    passed = count_next_access(tx, AccessLines(place.at, place.last_id, before, most + 1))
    return Going(min(passed.gone, most), passed.lines > most)


def _waits(tx: Tx, most: int) -> dict[Why, Going]:
    w = keeping_waits.c
    some = select(w.why).order_by(w.looked_at, w.object_id).limit(most + 1).subquery()
    rows = tx.execute(select(some.c.why, func.count().label("n")).group_by(some.c.why)).all()
    more = sum(row.n for row in rows) > most
    return {Why(row.why): Going(row.n, more) for row in rows}
