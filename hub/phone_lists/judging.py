"""Who of a list may be called at this moment, at which number, or why not.

The count before the start, the turns and the very moment of dialling ask the same question here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import timezone as number_zones
from sqlalchemy import Row

from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import find_blocked
from hub.contacts.numbers import own_lines
from hub.contacts.outreach.model import Later, Permit, Refused, Why
from hub.contacts.outreach.service import AskFor, may_contact
from hub.contacts.research.asking import asked_lately
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityStatus
from hub.customers.normalise import callable_number, number_region
from hub.customers.settings import CustomerSettings, load_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json

from .hours import Hours, Span, may_call_from
from .model import Number, Reason, choose_number
from .numbers import find_forbidden

CHANNEL = "phone"
_SOON = timedelta(minutes=5)  # somebody talks with them
_PENDING = timedelta(hours=1)  # they are to be called back anyway


class Person(NamedTuple):
    """Somebody of the list as they are today, with the number to be called."""

    customer_id: str  # as they were listed
    today_id: str
    name: str | None
    language: str | None
    tier: str
    identity_id: str
    number: str
    zone: str | None = None  # whose clock they live by (IANA); None: their number may be in several


@dataclass(frozen=True, slots=True)
class Judged:
    """One person: with the permit, or why not; `until`: not before then (None: never)."""

    customer_id: str
    person: Person | None = None
    ask: AskFor | None = None
    permit: Permit | None = None
    why: str = ""
    until: datetime | None = None


class Listed(NamedTuple):
    """One of the list. `tried`: by identity; `agreed`: their time is what they asked for;
    `contact_id`: of the attempt itself; `identity_id`: only this number, an agent chose it.
    """

    customer_id: str
    tried: Mapping[str, int] = {}
    agreed: bool = False
    contact_id: str | None = None
    identity_id: str | None = None


class _Known(NamedTuple):
    """A number of a customer. `active`: theirs alone, and one that can be called."""

    number: Number
    active: bool
    shared: bool
    forbidden: bool


# `also`: who they are today has a turn of their own, or had it under another record.
_TODAY = Statement("""
SELECT {text 0} AS customer_id, t.id AS today_id, t.name, t.language, t.tier, t.archived_at,
    coalesce(t.zone, b.zone) AS zone,
    (t.id <> c.id AND EXISTS (
        SELECT 1 FROM phone_list_people p WHERE p.list_id = :list AND p.customer_id = t.id
    )) OR EXISTS (
        SELECT 1 FROM customers w CROSS JOIN phone_list_people p
        WHERE w.merged_into_id = t.id AND w.id <> c.id
        AND p.list_id = :list AND p.customer_id = w.id
        AND p.state NOT IN ('listed', 'due', 'suppressed')
    ) AS also
FROM {rows}
JOIN customers c ON c.id = {text 0}
JOIN customers t ON t.id = coalesce(c.merged_into_id, c.id)
LEFT JOIN teams b ON b.id = t.branch_id
""")
_NUMBERS = Statement("""
SELECT i.customer_id, i.id, i.value_norm, i.status, i.verified_by
FROM {rows} JOIN customer_identities i ON i.customer_id = {text 0}
WHERE i.kind = 'phone' AND i.status IN ('active', 'shared', 'invalid')
ORDER BY i.id
""")
# Somebody talks with them, or calls them; CROSS: from the customer to their contacts.
_BUSY = Statement("""
SELECT DISTINCT {text 0} AS today_id
FROM {rows} CROSS JOIN customer_identities i CROSS JOIN contacts c
WHERE i.customer_id = {text 0} AND c.identity_id = i.id AND c.id <> {text 1}
AND c.state IN ('queued', 'offered', 'connecting', 'active', 'hold') AND c.channel = 'phone'
""")
_CALLBACKS = Statement("""
SELECT DISTINCT {text 0} AS today_id
FROM {rows} CROSS JOIN customer_identities i CROSS JOIN callbacks b
WHERE i.customer_id = {text 0} AND b.identity_id = i.id
AND b.state IN ('waiting', 'queued', 'dialling')
""")


def judge(tx: Tx, row: Row[Any], people: Sequence[Listed]) -> list[Judged]:
    """Return, for each, whether they may be called now; a fixed number of statements.

    A time agreed with them is kept though they were reached lately; their no stands all the same.
    """
    if not people:
        return []
    ids = sorted({one.customer_id for one in people})
    today = {one.customer_id: one for one in _TODAY(tx, [[id_] for id_ in ids], list=row.id)}
    known = sorted({one.today_id for one in today.values()})
    numbers = _numbers(tx, known)
    found = {one.customer_id: _person(one, today.get(one.customer_id), numbers) for one in people}
    _leave_out_twins(found)
    verdicts = {id_: Judged(id_, why=str(why)) for id_, why in found.items()
                if isinstance(why, Reason)}  # fmt: skip
    persons = {id_: one for id_, one in found.items() if isinstance(one, Person)}
    _leave_out(verdicts, _not_now(tx, row, people, persons))
    asked = [one for one in people if one.customer_id in persons.keys() - verdicts.keys()]
    for judged in _ask(tx, row, asked, persons, today):
        verdicts[judged.customer_id] = judged
    return [verdicts[one.customer_id] for one in people]


def _numbers(tx: Tx, customer_ids: Sequence[str]) -> Mapping[str, Sequence[_Known]]:
    """Return, by customer, the numbers that are kept of them, the oldest first."""
    rows = _NUMBERS(tx, [[id_] for id_ in customer_ids])
    dialled = {row.id: callable_number(row.value_norm) for row in rows}
    wanted = {number for number in dialled.values() if number is not None}
    ours, forbidden = own_lines(tx, wanted), find_forbidden(tx, wanted)
    found: defaultdict[str, list[_Known]] = defaultdict(list)
    for row in rows:
        number = dialled[row.id]
        kept = Number(row.id, number or "", row.verified_by is not None)
        active = row.status == IdentityStatus.ACTIVE and number is not None and number not in ours
        shared = row.status == IdentityStatus.SHARED
        found[row.customer_id].append(_Known(kept, active, shared, number in forbidden))
    return found


def numbers_to_call(tx: Tx, customer_ids: Sequence[str]) -> Mapping[str, Sequence[Number]]:
    """Return, by customer (as they are today), the numbers that lists call, the oldest first."""
    found = _numbers(tx, customer_ids)
    return {
        id_: [one.number for one in found.get(id_, ()) if one.active and not one.forbidden]
        for id_ in customer_ids
    }


def _leave_out(verdicts: dict[str, Judged], more: Sequence[Judged]) -> None:
    for one in more:
        verdicts.setdefault(one.customer_id, one)


def _not_now(
    tx: Tx, row: Row[Any], people: Sequence[Listed], persons: Mapping[str, Person]
) -> list[Judged]:
    """Return those who are blocked, asked lately, talked to at this moment, or called back."""
    if not persons:
        return []
    own = {one.customer_id: one.contact_id or "" for one in people}
    pairs = [[one.today_id, own[id_]] for id_, one in persons.items()]
    busy = {one.today_id for one in _BUSY(tx, pairs)}
    pending = {one.today_id for one in _CALLBACKS(tx, [pair[:1] for pair in pairs])}
    blocked = find_blocked(tx, [(BlockKind.PHONE.value, one.number) for one in persons.values()])
    lately = _asked_lately(tx, row, persons.values())
    found = []
    for id_, one in persons.items():
        if (BlockKind.PHONE.value, one.number) in blocked:
            found.append(Judged(id_, one, why=str(Reason.BLOCKED)))
        elif one.today_id in lately:
            found.append(Judged(id_, one, why=str(Reason.ASKED_LATELY)))
        elif one.today_id in busy:
            found.append(Judged(id_, one, why=str(Reason.BUSY), until=tx.now + _SOON))
        elif one.today_id in pending:
            until = tx.now + _PENDING
            found.append(Judged(id_, one, why=str(Reason.CALLBACK_PENDING), until=until))
    return found


def _asked_lately(tx: Tx, row: Row[Any], persons: Collection[Person]) -> set[str]:
    if Purpose(row.purpose) is not Purpose.SURVEY:
        return set()
    span = timedelta(days=load_customer_settings(tx).surveys.ask_again_days)
    return asked_lately(tx, {one.today_id for one in persons}, span)


def _ask(
    tx: Tx,
    row: Row[Any],
    people: Sequence[Listed],
    persons: Mapping[str, Person],
    today: Mapping[str, Any],
) -> list[Judged]:
    """Ask `may_contact`, then the clock of each."""
    if not people:
        return []
    asks = [_ask_for(row, one, persons[one.customer_id]) for one in people]
    answers = may_contact(tx, asks)
    settings = load_customer_settings(tx)
    judged = []
    for one, ask, answer in zip(people, asks, answers, strict=True):
        person = persons[one.customer_id]
        if isinstance(answer, Refused):
            judged.append(Judged(one.customer_id, person, ask, why=str(answer.why)))
            continue
        too_often = isinstance(answer, Later) and answer.why is Why.TOO_OFTEN and not one.agreed
        from_ = answer.until if too_often and isinstance(answer, Later) else tx.now
        zone = today[one.customer_id].zone
        until = _called_from(row, settings, zone, person.number, from_)
        why = str(Why.TOO_OFTEN) if too_often else str(Reason.QUIET_HOURS)
        if until is None or until > tx.now:
            judged.append(Judged(one.customer_id, person, ask, why=why, until=until))
            continue
        permit = answer if isinstance(answer, Permit) else _agreed(tx, ask)
        judged.append(Judged(one.customer_id, person, ask, permit))
    return judged


def _ask_for(row: Row[Any], one: Listed, person: Person) -> AskFor:
    """What was sent once is agreed to be talked about again, so it is no second time."""
    materials = (row.material,) if row.material and not one.agreed else ()
    return AskFor(
        Purpose(row.purpose),
        CHANNEL,
        person.identity_id,
        materials=materials,
        contact_id=one.contact_id,
    )


def _agreed(tx: Tx, ask: AskFor) -> Permit:
    """Return the permit for a time they asked for themselves."""
    wished = AskFor(ask.purpose, ask.channel, ask.identity_id, asked_for=True)
    [answer] = may_contact(tx, [wished])  # reads nothing
    if not isinstance(answer, Permit):
        raise TypeError(answer)
    return answer


def own_span(row: Row[Any]) -> Span:
    """Return the hours of a list, on its customers' clocks."""
    return Span(
        tuple(read_json(row.days)),
        time.fromisoformat(row.window_from),
        time.fromisoformat(row.window_until),
    )


def called_from(
    tx: Tx, row: Row[Any], customer_id: str, number: str, at: datetime
) -> datetime | None:
    """Return from when on, not before `at`, the hours allow to call somebody of a list (as listed)
    at this number (E.164); None: not within two weeks.
    """
    found = _TODAY(tx, [[customer_id]], list=row.id)
    zone = found[0].zone if found else None
    return _called_from(row, load_customer_settings(tx), zone, number, at)


def _called_from(
    row: Row[Any], settings: CustomerSettings, zone: str | None, number: str, at: datetime
) -> datetime | None:
    quiet = (
        time.fromisoformat(settings.outreach.quiet_from),
        time.fromisoformat(settings.outreach.quiet_until),
    )
    hours = Hours(own_span(row), quiet, number_region(number) or "")
    return may_call_from(at, hours, _zones(zone, number, settings.zone))


def _zones(own: str | None, number: str, usual: str) -> tuple[str, ...]:
    """Return where somebody may be: by their record, or their branch's; else anywhere their number
    may be, for a number of one zone tells it; else where we are.
    """
    if own:
        return (own,)
    known = number_zones.time_zones_for_number(phonenumbers.parse(number))
    named = tuple(zone for zone in known if zone != number_zones.UNKNOWN_TIMEZONE)
    return named or (usual,)


def _one_zone(own: str | None, number: str) -> str | None:
    """Return where somebody is, if that is known for sure."""
    zones = _zones(own, number, "")
    return (zones[0] or None) if len(zones) == 1 else None


def _person(one: Listed, row: Any, numbers: Mapping[str, Sequence[_Known]]) -> Person | Reason:
    """Return the number at which they are called, theirs alone; or why there is none."""
    if row is None:
        return Reason.NO_NUMBER
    if row.also:
        return Reason.SAME_PERSON
    if row.archived_at is not None:
        return Reason.ARCHIVED
    own = numbers.get(row.today_id, ())
    active = [it for it in own if it.active]
    if one.identity_id is not None:
        active = [it for it in active if it.number.identity_id == one.identity_id]
    free = [it.number for it in active if not it.forbidden]
    chosen = choose_number(free, {} if one.identity_id is not None else one.tried)
    if chosen is not None:
        return Person(
            one.customer_id,
            row.today_id,
            row.name,
            row.language,
            row.tier,
            chosen.identity_id,
            chosen.number,
            _one_zone(row.zone, chosen.number),
        )
    if active and not free:
        return Reason.DO_NOT_CALL
    if any(it.shared for it in own):
        return Reason.SHARED_NUMBER
    return Reason.INVALID_NUMBER if own else Reason.NO_NUMBER


def _leave_out_twins(found: dict[str, Person | Reason]) -> None:
    """Two of the list who became the same third one are called once."""
    seen: set[str] = set()
    for customer_id, one in sorted(found.items()):
        if isinstance(one, Person):
            if one.today_id in seen:
                found[customer_id] = Reason.SAME_PERSON
            seen.add(one.today_id)
