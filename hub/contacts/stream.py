"""One stream of all that is known of a customer besides what passed between us: orders, repairs,
facts, answers of other systems, moves of their tier. Newest first, page by page.

Each source is read by its own index, one range for each record or address; what each gives of a
page is merged in memory. Nothing is copied: the rows are those of the sources themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, and_, or_, select, union_all

from hub.contacts.research.tables import survey_answers
from hub.contacts.timeline import Position
from hub.customers.business.money import decimals_of
from hub.customers.business.tables import orders, products, service_cases
from hub.customers.tables import customer_facts, tier_changes
from hub.storage import Tx
from hub.web.shapes import View


class StreamItem(View, frozen=True, kw_only=True):
    """One thing that happened. `source`: order, case, fact, answer, tier. `kind`, `state`: in that
    source's own words. `origin`: the system or contact it came from. Money in minor units of its
    currency.
    """

    id: str
    at: datetime
    source: str
    kind: str | None = None
    text: str | None = None
    state: str | None = None
    origin: str | None = None
    contact_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    decimals: int | None = None
    score: int | None = None
    before: str | None = None  # the tier


class Whose(NamedTuple):
    """A customer whom the reader may see: their records and addresses. `tier`: which tier the
    reader is shown for one.
    """

    customer_ids: Sequence[str]
    identity_ids: Sequence[str]
    tier: Callable[[str], str]


class Span(NamedTuple):
    """The newest `limit` before `before`, not before `since` and before `until`."""

    limit: int
    before: Position | None = None
    since: datetime | None = None
    until: datetime | None = None


class _Source(NamedTuple):
    name: str
    at: Column[Any]
    owner: Column[Any]  # a customer's or an identity's id
    of_identities: bool
    only: Callable[[], Sequence[ColumnElement[bool]]]
    items: Callable[[Tx, Whose, Sequence[str]], list[StreamItem]]


class Key(NamedTuple):
    at: datetime
    id: str
    source: str


def newest_keys(tx: Tx, whose: Whose, span: Span, names: Collection[str]) -> list[Key]:
    """Return the newest of these sources, newest first: a statement for each source."""
    keys: list[Key] = []
    for source in SOURCES:
        if source.name in names:
            keys += [Key(at, id_, source.name) for at, id_ in _keys(tx, source, whose, span)]
    return sorted(keys, reverse=True)[: span.limit]


def items_of(tx: Tx, whose: Whose, keys: Sequence[Key]) -> dict[str, StreamItem]:
    """Return by id what the reader is shown of these: a statement for each source that is there."""
    shown: dict[str, StreamItem] = {}
    for source in SOURCES:
        if ids := [key.id for key in keys if key.source == source.name]:
            shown |= {item.id: item for item in source.items(tx, whose, ids)}
    return shown


def _keys(tx: Tx, source: _Source, whose: Whose, span: Span) -> list[tuple[datetime, str]]:
    owners = whose.identity_ids if source.of_identities else whose.customer_ids
    if not owners:
        return []
    table = source.at.table
    parts = []
    for owner in owners:
        part = (
            select(table.c.id, source.at.label("at"))
            .where(source.owner == owner, *source.only(), *_within(source, table.c.id, span))
            .order_by(source.at.desc(), table.c.id.desc())
            .limit(span.limit)
            .subquery()
        )
        parts.append(select(part.c.id, part.c.at))
    merged = union_all(*parts).subquery()
    rows = tx.execute(
        select(merged.c.at, merged.c.id)
        .order_by(merged.c.at.desc(), merged.c.id.desc())
        .limit(span.limit)
    )
    return [(row.at, row.id) for row in rows]


def _within(source: _Source, id_: Column[Any], span: Span) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = []
    if span.since is not None:
        kept.append(source.at >= span.since)
    if span.until is not None:
        kept.append(source.at < span.until)
    if span.before is not None:
        at, last = span.before.at, span.before.id
        kept.append(source.at <= at)
        kept.append(or_(source.at < at, and_(source.at == at, id_ < last)))
    return kept


def _everything() -> Sequence[ColumnElement[bool]]:
    return ()


def _orders(tx: Tx, _whose: Whose, ids: Sequence[str]) -> list[StreamItem]:
    rows = tx.execute(select(orders).where(orders.c.id.in_(ids)))
    return [
        StreamItem(
            id=row.id,
            at=row.ordered_at,
            source="order",
            kind=row.external_id,
            text=row.product_summary,
            state=row.state,
            origin=row.source,
            amount_minor=row.amount_minor,
            currency=row.currency,
            decimals=decimals_of(row.currency),
        )
        for row in rows
    ]


def _cases(tx: Tx, _whose: Whose, ids: Sequence[str]) -> list[StreamItem]:
    rows = tx.execute(
        select(service_cases, products.c.name)
        .outerjoin(products, products.c.id == service_cases.c.product_id)
        .where(service_cases.c.id.in_(ids))
    )
    return [
        StreamItem(
            id=row.id,
            at=row.state_at,
            source="case",
            kind=row.kind,
            text=row.text or row.name,
            state=row.state,
            origin=row.source,
        )
        for row in rows
    ]


def _facts(tx: Tx, _whose: Whose, ids: Sequence[str]) -> list[StreamItem]:
    rows = tx.execute(select(customer_facts).where(customer_facts.c.id.in_(ids)))
    return [
        StreamItem(
            id=row.id,
            at=row.learned_at,
            source="fact",
            kind=row.kind,
            text=row.text,
            state="withdrawn" if row.withdrawn_at is not None else None,
            origin=row.source,
            contact_id=row.contact_id,
        )
        for row in rows
    ]


def _answers(tx: Tx, _whose: Whose, ids: Sequence[str]) -> list[StreamItem]:
    rows = tx.execute(select(survey_answers).where(survey_answers.c.id.in_(ids)))
    return [
        StreamItem(
            id=row.id,
            at=row.at,
            source="answer",
            kind=row.question_key,
            text=row.answer,
            score=row.score,
            origin=row.source,
        )
        for row in rows
    ]


def _no_contact() -> Sequence[ColumnElement[bool]]:
    """What was answered about a contact is on the timeline already, for who may see it there."""
    return (survey_answers.c.contact_id.is_(None),)


def _moves(tx: Tx, whose: Whose, ids: Sequence[str]) -> list[StreamItem]:
    """Moves between tiers that look the same to the reader are none."""
    rows = tx.execute(select(tier_changes).where(tier_changes.c.id.in_(ids)))
    return [
        StreamItem(
            id=row.id,
            at=row.changed_at,
            source="tier",
            state=whose.tier(row.after),
            before=whose.tier(row.before),
        )
        for row in rows
        if whose.tier(row.after) != whose.tier(row.before)
    ]


_order, _case, _fact = orders.c, service_cases.c, customer_facts.c
_answer, _tier = survey_answers.c, tier_changes.c
SOURCES: tuple[_Source, ...] = (
    _Source("order", _order.ordered_at, _order.customer_id, False, _everything, _orders),
    _Source("case", _case.state_at, _case.customer_id, False, _everything, _cases),
    _Source("fact", _fact.learned_at, _fact.customer_id, False, _everything, _facts),
    _Source("answer", _answer.at, _answer.identity_id, True, _no_contact, _answers),
    _Source("tier", _tier.changed_at, _tier.customer_id, False, _everything, _moves),
)
NAMES = frozenset(source.name for source in SOURCES)
