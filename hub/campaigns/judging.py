"""Who of a campaign may be written to at this moment, at which address, or why not.

The count before the start and the turns that send ask the same question here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row

from hub.contacts.model import Channel
from hub.contacts.outreach.model import Answer
from hub.contacts.outreach.service import AskFor, may_contact
from hub.contacts.research.asking import asked_lately
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.settings import load_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement

from .model import Reason

REACHES: Mapping[Channel, IdentityKind] = {Channel.EMAIL: IdentityKind.EMAIL}
"""By which channels a campaign writes, and to which kind of address."""


class Person(NamedTuple):
    """Somebody of the list as they are today. `customer_id`: as they were listed."""

    customer_id: str
    today_id: str
    name: str | None
    language: str | None
    identity_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One person with what `may_contact` answers (`ask`: to what), or a reason of our own."""

    customer_id: str
    person: Person | None = None
    ask: AskFor | None = None
    answer: Answer | None = None
    reason: Reason | None = None


# `also`: who they are today has a turn of their own, or had it under this or another record. CROSS
# JOIN: SQLite would begin with everybody of the campaign.
_TODAY = Statement("""
SELECT {text 0} AS customer_id, t.id AS today_id, t.name, t.language, t.archived_at,
    (t.id <> c.id AND EXISTS (
        SELECT 1 FROM campaign_people p WHERE p.campaign_id = :campaign AND p.customer_id = t.id
    )) OR EXISTS (
        SELECT 1 FROM customers w CROSS JOIN campaign_people p
        WHERE w.merged_into_id = t.id AND w.id <> c.id
        AND p.campaign_id = :campaign AND p.customer_id = w.id
        AND p.state IN ('sent', 'failed', 'held_out')
    ) AS also
FROM {rows}
JOIN customers c ON c.id = {text 0}
JOIN customers t ON t.id = coalesce(c.merged_into_id, c.id)
""")
_ADDRESSES = Statement("""
SELECT i.customer_id, i.id, i.value_norm, i.status, i.verified_by
FROM {rows} JOIN customer_identities i ON i.customer_id = {text 0}
WHERE i.kind = :kind AND i.status IN ('active', 'shared', 'invalid')
ORDER BY i.id
""")


def judge(
    tx: Tx, campaign: Row[Any], customer_ids: Sequence[str], *, links: bool = False
) -> list[Judged]:
    """Return, for each, whether they may be written to now; a fixed number of statements.

    `links`: permits come with the token of their link to opt out (needs a writing transaction).
    """
    if not customer_ids:
        return []
    kind = REACHES[Channel(campaign.channel)]
    today = _TODAY(tx, [[id_] for id_ in sorted(customer_ids)], campaign=campaign.id)
    addresses: defaultdict[str, list[Any]] = defaultdict(list)
    for row in _ADDRESSES(tx, [[id_] for id_ in sorted({r.today_id for r in today})], kind=kind):
        addresses[row.customer_id].append(row)
    found = {row.customer_id: _person(row, addresses[row.today_id]) for row in today}
    _leave_out_twins(found)
    purpose = Purpose(campaign.purpose)
    persons = [one for one in found.values() if isinstance(one, Person)]
    if purpose is Purpose.SURVEY:
        span = timedelta(days=load_customer_settings(tx).surveys.ask_again_days)
        lately = asked_lately(tx, {one.today_id for one in persons}, span)
        found |= {one.customer_id: Reason.ASKED_LATELY for one in persons if one.today_id in lately}
        persons = [one for one in persons if one.today_id not in lately]
    materials = (campaign.material,) if campaign.material else ()
    asks = [
        AskFor(purpose, campaign.channel, one.identity_id, materials=materials) for one in persons
    ]
    answers = may_contact(tx, asks, links=links) if asks else []
    asked = {
        one.customer_id: Judged(one.customer_id, one, ask, answer)
        for one, ask, answer in zip(persons, asks, answers, strict=True)
    }
    return [
        asked[id_] if id_ in asked else Judged(id_, reason=_reason(found.get(id_)))
        for id_ in customer_ids
    ]


def _reason(found: Person | Reason | None) -> Reason:
    return found if isinstance(found, Reason) else Reason.NO_ADDRESS


def _person(row: Any, addresses: Sequence[Any]) -> Person | Reason:
    """Return where somebody is written to: an address that is theirs alone, the proven and then the
    newest first; or why nowhere.
    """
    if row.also:
        return Reason.SAME_PERSON
    if row.archived_at is not None:
        return Reason.ARCHIVED
    by_status: defaultdict[str, list[Any]] = defaultdict(list)
    for address in addresses:
        by_status[address.status].append(address)
    good = by_status[IdentityStatus.ACTIVE]
    if not good:
        shared = by_status[IdentityStatus.SHARED]
        invalid = by_status[IdentityStatus.INVALID]
        none = Reason.INVALID_ADDRESS if invalid else Reason.NO_ADDRESS
        return Reason.SHARED_ADDRESS if shared else none
    best = max(good, key=lambda one: (one.verified_by is not None, one.id))
    return Person(row.customer_id, row.today_id, row.name, row.language, best.id, best.value_norm)


def _leave_out_twins(found: dict[str, Person | Reason]) -> None:
    """Two of the list who became the same third one are written to once."""
    seen: set[str] = set()
    for customer_id, one in sorted(found.items()):
        if isinstance(one, Person):
            if one.today_id in seen:
                found[customer_id] = Reason.SAME_PERSON
            seen.add(one.today_id)
