"""Candidates for a merge: found by search, scored, offered with what speaks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import or_, select

from hub.core.text import parse_query
from hub.customers.access import Scope, access_customer, seen_customers
from hub.customers.finding import customer_rows
from hub.customers.merging.links import records_of, today_of
from hub.customers.merging.tables import customer_conflicts
from hub.customers.model import IdentityKind
from hub.customers.pinyin import romanised, search_words
from hub.customers.tables import customers, identities, organisation_roles
from hub.customers.views import CustomerRow, Reader
from hub.storage import Tx
from hub.storage.search import SearchKind, search_documents
from hub.web.shapes import View

from .model import OFFERED_FROM, Known, Reason, Score, score_names

_LOOKED_AT = 30  # hits of each search
_SHOWN = 5
_MAILBOXES = 3


class CandidateView(View, frozen=True):
    """`score`: 50 to 100."""

    customer: CustomerRow
    score: int
    reasons: list[Reason]


class FindCandidates(NamedTuple):
    reader: Reader
    scope: Scope
    customer_id: str


def find_candidates(tx: Tx, ask: FindCandidates) -> list[CandidateView]:
    """List at most five records that may be the same customer, the likeliest first.

    Whoever was said not to be the same is not offered again, nor is whom the reader may
    not see. Raises NotFound.
    """
    row = access_customer(tx, ask.scope, ask.customer_id)
    own_id = row.merged_into_id or row.id
    own = _known(tx, [own_id])[own_id]
    hits = _search(tx, own) - {own_id} - _told_apart(tx, own_id)
    known = _known(tx, sorted(seen_customers(tx, ask.scope, hits)))
    scores = {key: score_names(own, other) for key, other in known.items()}
    best = sorted(
        (key for key, score in scores.items() if score.points >= OFFERED_FROM),
        key=lambda key: (-scores[key].points, key),
    )[:_SHOWN]
    return [_view(shown, scores[shown.id]) for shown in customer_rows(tx, ask.reader, best)]


def _view(customer: CustomerRow, score: Score) -> CandidateView:
    return CandidateView(customer=customer, score=score.points, reasons=list(score.reasons))


def _search(tx: Tx, own: Known) -> set[str]:
    """Return who has this name or a mailbox of this name, among the newest."""
    local = [mail.rpartition("@")[0] for mail in sorted(own.mails)][:_MAILBOXES]
    hits = [
        hit.ref_id
        for text in (own.name, *_in_latin(own.name), *local)
        if text
        for hit in search_documents(tx, SearchKind.CUSTOMERS, parse_query(text), _LOOKED_AT)
    ]
    return set(hits)


def _in_latin(name: str | None) -> list[str]:
    """A Chinese name as one Latin word, likeliest reading first: that is how it is indexed."""
    return search_words(name or "")[1:2] if romanised(name or "") else []


def _told_apart(tx: Tx, own_id: str) -> set[str]:
    """Return the customers of today of whom somebody said that they are not this one."""
    records = records_of(tx, own_id)
    table = customer_conflicts.c
    rows = tx.execute(
        select(table.customer_id, table.other_id).where(
            table.decision.in_(["apart", "shared"]),
            or_(table.customer_id.in_(records), table.other_id.in_(records)),
        )
    ).all()
    named = {row.customer_id for row in rows} | {row.other_id for row in rows}
    return set(today_of(tx, named).values()) if named else set()


def _known(tx: Tx, ids: Sequence[str]) -> dict[str, Known]:
    """Read what is known of these customers, with three statements."""
    if not ids:
        return {}
    rows = tx.execute(select(customers.c.id, customers.c.name).where(customers.c.id.in_(ids))).all()
    addresses = tx.execute(
        select(identities.c.customer_id, identities.c.kind, identities.c.value_norm).where(
            identities.c.customer_id.in_(ids), identities.c.status != "removed"
        )
    ).all()
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    mails: defaultdict[str, set[str]] = defaultdict(set)
    for one in addresses:
        if one.kind in (IdentityKind.PHONE, IdentityKind.FAX):
            numbers[one.customer_id].add(one.value_norm)
        elif one.kind == IdentityKind.EMAIL:
            mails[one.customer_id].add(one.value_norm)
    firms = _organisations(tx, ids)
    return {
        row.id: Known(
            row.name,
            frozenset(firms[row.id]),
            frozenset(numbers[row.id]),
            frozenset(mails[row.id]),
        )
        for row in rows
    }


def _organisations(tx: Tx, ids: Sequence[str]) -> defaultdict[str, set[str]]:
    organisation = customers.alias("organisation")
    rows = tx.execute(
        select(organisation_roles.c.person_id, organisation.c.name)
        .join(organisation, organisation.c.id == organisation_roles.c.organisation_id)
        .where(organisation_roles.c.person_id.in_(ids), organisation.c.name.is_not(None))
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.person_id].add(row.name)
    return found
