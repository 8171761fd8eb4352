"""What was said in contacts goes once it was kept long enough, a few contacts at a time.

Each rule walks the contacts of a queue in the order in which they ended, and each is judged once;
how far it came is committed with what it did, so that whoever is killed goes on there. What has to
stay is looked at again once a day. That there was a contact, when, with whom, how it ended and what
it counts for in reports stays, and so do consents and addresses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, or_, select

from hub.contacts.forgetting import Forget
from hub.contacts.heads import lock_heads
from hub.contacts.joining.reads import kept_contact
from hub.contacts.keeping.model import CHANNEL, Kept, Why, cutoff, is_due, kept_as
from hub.contacts.keeping.progress import (
    LOOK_AGAIN,
    Place,
    Wait,
    find_place,
    is_rule,
    note_looks,
    note_place,
    note_waits,
)
from hub.contacts.keeping.tables import keeping_waits
from hub.contacts.tables import contacts
from hub.customers.settings import CustomerSettings, load_customer_settings
from hub.routing.tables import queues
from hub.storage import Tx
from hub.storage.partial import in_words

from .emptied import emptied_of, empty_contacts, forget_names
from .kept_back import anonymous_of, kept_back, with_merged

_ENDED = in_words(contacts.c.state, ["closed", "abandoned"])


class Rule(NamedTuple):
    """One rule for one queue. `before`: contacts that ended until then have been kept `days`."""

    kept: Kept
    queue_id: str
    days: int
    before: datetime


class Walk(NamedTuple):
    """The next `limit` contacts of a rule. `forget`: what channels keep themselves."""

    kept: Kept
    queue_id: str
    limit: int
    forget: Sequence[Forget]


class Again(NamedTuple):
    """The next `limit` contacts that stayed and are to be looked at again."""

    limit: int
    forget: Sequence[Forget]


class Gone(NamedTuple):
    """`judged`: 0 once there is nothing more. `blob_ids`: files to be removed after the commit,
    where nothing else names them. `lines`: of the audit log.
    """

    judged: int = 0
    contacts: int = 0
    entries: int = 0
    blob_ids: tuple[str, ...] = ()
    lines: int = 0


def rules_with_work(tx: Tx, _: None) -> list[Rule]:
    """Return the rules by which something is to be judged now; none while nothing is deleted."""
    settings = load_customer_settings(tx)
    if not settings.privacy.keep.deletes:
        return []
    return [rule for rule in rules_of(tx, settings) if _next(tx, rule, 1)]


def rules_of(tx: Tx, settings: CustomerSettings) -> list[Rule]:
    """Return what the set-up says of each queue there ever was, but what it keeps without end."""
    found = tx.execute(select(queues.c.id).order_by(queues.c.id)).scalars()
    return [
        rule
        for queue_id in found
        for kept in Kept
        if (rule := _rule(tx, settings, kept, queue_id)) is not None
    ]


def empty_next(tx: Tx, walk: Walk) -> Gone:
    """Judge the next contacts of a rule, and empty those that are due."""
    settings = load_customer_settings(tx)
    rule = _rule(tx, settings, walk.kept, walk.queue_id)
    if rule is None or not settings.privacy.keep.deletes:
        return Gone()
    rows = _next(tx, rule, walk.limit)
    if not rows:
        return Gone()
    lock_heads(tx, [row.id for row in rows])
    gone = _carry_out(tx, settings, [(rule, row) for row in rows], walk.forget)
    note_place(tx, Place(rows[-1].state_since, rows[-1].id), rule.kept, rule.queue_id)
    return gone


def empty_waiting(tx: Tx, again: Again) -> Gone:
    """Judge those once more that stayed a day ago, and empty what has nothing to wait for now."""
    settings = load_customer_settings(tx)
    if not settings.privacy.keep.deletes:
        return Gone()
    w = keeping_waits.c
    waiting = tx.execute(
        select(w.rule, contacts)
        .join(contacts, contacts.c.id == w.object_id)
        .where(is_rule(*Kept), w.looked_at <= tx.now - LOOK_AGAIN)
        .order_by(w.looked_at, w.object_id)
        .limit(again.limit)
    ).all()
    if not waiting:
        return Gone()
    lock_heads(tx, [row.id for row in waiting])
    due, later = [], []
    for row in waiting:
        rule = _rule(tx, settings, Kept(row.rule), row.queue_id)
        if rule is not None and row.state_since <= rule.before:
            due.append((rule, row))
        else:
            later.append(row)
    note_looks(tx, [(row.rule, row.id) for row in later])
    gone = _carry_out(tx, settings, due, again.forget)
    return gone._replace(judged=len(waiting))


def _rule(tx: Tx, settings: CustomerSettings, kept: Kept, queue_id: str) -> Rule | None:
    days = keep_days(settings, kept, queue_id)
    if not days:
        return None
    return Rule(kept, queue_id, days, cutoff(tx.now, days, settings.zone))


def keep_days(settings: CustomerSettings, kept: Kept, queue_id: str) -> int:
    """Return what the queue says, or else the set-up. 0: without end."""
    name = f"{kept}_days"
    own = getattr(settings.queue_keep.get(queue_id), name, None)
    days: int = own if own is not None else getattr(settings.privacy.keep, name)
    return days


def _next(tx: Tx, rule: Rule, limit: int) -> list[Row[Any]]:
    return list(tx.execute(next_of(rule, find_place(tx, rule.kept, rule.queue_id), limit)))


def next_of(rule: Rule, place: Place, limit: int) -> Select[Any]:
    """Ask for the contacts that ended after the last one judged, the oldest first."""
    c = contacts.c
    return (
        select(contacts)
        .where(
            *ended_in(rule),
            c.state_since >= place.at,
            or_(c.state_since > place.at, c.id > place.last_id),
        )
        .order_by(c.state_since, c.id)
        .limit(limit)
    )


def ended_in(rule: Rule) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of the contacts of a rule that have been kept long enough."""
    c = contacts.c
    return (
        c.channel == CHANNEL[rule.kept],
        c.queue_id == rule.queue_id,
        _ENDED,
        c.state_since <= rule.before,
    )


def _carry_out(
    tx: Tx,
    settings: CustomerSettings,
    asked: Sequence[tuple[Rule, Row[Any]]],
    forget: Sequence[Forget],
) -> Gone:
    """Empty those of these contacts that go, with what was merged into them; note who stays."""
    nobodys = anonymous_of(tx, [row.identity_id for _, row in asked])
    due = _due(tx, settings, asked, nobodys)
    heads = with_merged(tx, _heads(tx, due))
    lock_heads(tx, sorted(heads))
    rows = tx.execute(select(contacts).where(contacts.c.id.in_(sorted(heads)))).all()
    stays = _who_stays(tx, due, heads, rows, _too_young(tx, settings, heads, rows))
    over = [(rule.kept, row.id) for rule, row in asked if row.id not in stays]
    note_waits(tx, over, [Wait(due[one].kept, one, why) for one, why in stays.items()])
    going = [row for row in rows if heads[row.id] not in stays]
    if not going:
        return Gone(judged=len(asked))
    days = {row.id: due[heads[row.id]].days for row in going}
    entries, blob_ids = empty_contacts(tx, going, days, forget)
    forget_names(tx, nobodys, going)
    return Gone(len(asked), len(going), entries, blob_ids)


def _due(
    tx: Tx,
    settings: CustomerSettings,
    asked: Sequence[tuple[Rule, Row[Any]]],
    nobodys: Collection[str],
) -> dict[str, Rule]:
    """Return, by contact, the rule it goes by now; nothing of those that are empty already."""
    gone = emptied_of(tx, [row.id for _, row in asked])
    return {
        row.id: rule
        for rule, row in asked
        if row.id not in gone
        and is_due(
            rule.kept,
            anonymous=row.identity_id in nobodys,
            days=rule.days,
            other_days=keep_days(settings, _other(rule.kept), row.queue_id),
        )
    }


def _other(kept: Kept) -> Kept:
    return Kept.CHATS if kept is Kept.ANONYMOUS_CHATS else Kept.ANONYMOUS_CHATS


def _too_young(
    tx: Tx, settings: CustomerSettings, heads: Mapping[str, str], rows: Sequence[Row[Any]]
) -> list[str]:
    """Return which of those that were merged are kept longer by a rule of their own."""
    merged = [row for row in rows if heads[row.id] != row.id]
    nobodys = anonymous_of(tx, [row.identity_id for row in merged])
    gone = emptied_of(tx, [row.id for row in merged])
    found = []
    for row in merged:
        kept = kept_as(row.channel, anonymous=row.identity_id in nobodys)
        if kept is None or row.id in gone:
            continue
        rule = _rule(tx, settings, kept, row.queue_id)
        if rule is None or row.state_since > rule.before:
            found.append(row.id)
    return found


def _heads(tx: Tx, due: Collection[str]) -> list[str]:
    """Return those that go on in no other contact, or in one that is empty already."""
    into = {contact_id: kept_contact(tx, contact_id) for contact_id in _merged(tx, due)}
    gone = emptied_of(tx, into.values())
    return [one for one in due if one not in into or into[one] in gone]


def _merged(tx: Tx, contact_ids: Collection[str]) -> list[str]:
    found = select(contacts.c.id).where(
        contacts.c.id.in_(sorted(contact_ids)), contacts.c.merged_into_id.is_not(None)
    )
    return list(tx.execute(found).scalars())


def _who_stays(
    tx: Tx,
    due: Mapping[str, Rule],
    heads: Mapping[str, str],
    rows: Sequence[Row[Any]],
    too_young: Sequence[str],
) -> dict[str, Why]:
    """Return, of those in `due`, which stay: what keeps one back that was merged into it keeps all
    of it, and what goes on in another goes with that one.
    """
    oldest = min((rule.before for rule in due.values()), default=tx.now)
    back = kept_back(tx, rows, oldest)
    stays = dict.fromkeys((heads[contact_id] for contact_id in too_young), Why.GOES_ON)
    stays |= {heads[contact_id]: why for contact_id, why in back.items()}
    for contact_id in due:
        if contact_id not in heads:
            stays[contact_id] = Why.GOES_ON
        elif heads[contact_id] in stays:
            stays.setdefault(contact_id, stays[heads[contact_id]])
    return stays
