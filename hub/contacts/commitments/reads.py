"""Reading commitments: a user's, a customer's, a team's overdue ones, and the nearest of many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from hub.accounts.tables import teams, users
from hub.contacts.access import Sight
from hub.contacts.tables import contacts, interactions
from hub.core.errors import NotFound
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .conflicts import in_conflict
from .model import CommitmentKind, CommitmentState, OwnerKind
from .tables import commitments, is_unfinished
from .views import CommitmentRow, SourceView

__all__ = [
    "CommitmentRow",
    "ListCommitments",
    "Position",
    "get_commitment",
    "get_commitments",
    "list_commitments",
    "nearest_due",
    "with_sources",
]

_SOURCE_LENGTH = 500


class Position(msgspec.Struct, frozen=True, array_like=True):
    due_at: datetime
    id: str


class ListCommitments(NamedTuple):
    """What is "" does not restrict. `owners`: users' ids and teams' keys, None for anybody's.

    `unfinished`: open or broken. `for_user`: leaves out what a colleague has taken of a team's.
    """

    limit: int
    owner_id: str = ""
    owners: frozenset[str] | None = None
    customer_id: str = ""
    state: CommitmentState | None = None
    unfinished: bool = True
    after: Position | None = None
    kind: CommitmentKind | None = None
    overdue_at: datetime | None = None  # only what was due before
    asked_by: str = ""
    for_user: str = ""


def get_commitment(tx: Tx, commitment_id: str) -> CommitmentRow:
    """Return one commitment, as who may see its contact. Raises NotFound."""
    found = get_commitments(tx, [commitment_id])
    if not found:
        raise NotFound("There is no such commitment.")
    return found[commitment_id]


def get_commitments(tx: Tx, ids: Sequence[str]) -> dict[str, CommitmentRow]:
    """Return commitments by id; what there is not is left out."""
    rows = tx.execute(_rows().where(commitments.c.id.in_(sorted(set(ids)))))
    return {row.id: row for row in _shown(tx, rows.all())}


def list_commitments(tx: Tx, ask: ListCommitments) -> list[CommitmentRow]:
    """List commitments, the earliest due first."""
    table = commitments.c
    found = _rows().order_by(table.due_at, table.id).limit(ask.limit)
    if ask.state is not None:
        found = found.where(table.state == ask.state)
    elif ask.unfinished:
        found = found.where(is_unfinished)
    for condition in _conditions(ask):
        found = found.where(condition)
    if ask.after is not None:
        due_at, last = ask.after.due_at, ask.after.id
        found = found.where(
            or_(table.due_at > due_at, and_(table.due_at == due_at, table.id > last))
        )
    return _shown(tx, tx.execute(found).all())


def _conditions(ask: ListCommitments) -> list[ColumnElement[bool]]:
    table = commitments.c
    conditions: list[ColumnElement[bool]] = []
    if ask.owner_id:
        conditions.append(table.owner_id == ask.owner_id)
    if ask.owners is not None:
        conditions.append(table.owner_id.in_(sorted(ask.owners)))
    if ask.for_user:
        conditions.append(or_(table.taken_by.is_(None), table.taken_by == ask.for_user))
    if ask.customer_id:
        whose = select(identities.c.id).where(identities.c.customer_id == ask.customer_id)
        conditions.append(table.identity_id.in_(whose))
    if ask.kind is not None:
        conditions.append(table.kind == ask.kind)
    if ask.asked_by:
        conditions.append(table.asked_by == ask.asked_by)
    if ask.overdue_at is not None:
        conditions.append(table.due_at <= ask.overdue_at)
    return conditions


def with_sources(tx: Tx, rows: Sequence[CommitmentRow], sight: Sight) -> list[CommitmentRow]:
    """Add to each where it comes from, as far as the reader sees that contact: one statement."""
    wanted = {row.id for row in rows if row.contact_id is not None}
    if not wanted:
        return list(rows)
    table = commitments.c
    found = tx.execute(
        select(
            table.id,
            contacts.c.id.label("contact_id"),
            contacts.c.reference,
            contacts.c.channel,
            interactions.c.id.label("interaction_id"),
            interactions.c.author_name,
            func.substr(interactions.c.text, 1, _SOURCE_LENGTH).label("text"),
            interactions.c.at,
        )
        .join(contacts, contacts.c.id == table.contact_id)
        .outerjoin(interactions, interactions.c.id == table.source_interaction_id)
        .where(table.id.in_(sorted(wanted)), sight.contacts())
    )
    sources = {}
    for one in found:
        values = dict(one._mapping)
        commitment_id = values.pop("id")
        sources[commitment_id] = SourceView(**values)
    return [msgspec.structs.replace(row, source=sources.get(row.id)) for row in rows]


_NEAREST = Statement("""
SELECT i.customer_id, min(k.due_at) AS due_at
FROM {rows} JOIN customer_identities i ON i.customer_id = {text 0}
JOIN commitments k ON k.identity_id = i.id AND k.state IN ('open', 'broken')
GROUP BY i.customer_id
""")


def nearest_due(tx: Tx, customer_ids: Sequence[str]) -> dict[str, datetime]:
    """Return for each customer with unfinished commitments when the nearest is due."""
    if not customer_ids:
        return {}
    rows = _NEAREST(tx, [[customer_id] for customer_id in sorted(set(customer_ids))])
    return {row.customer_id: read_time(row.due_at) for row in rows}


_OWN = (
    "id", "kind", "text", "owner_id", "contact_id", "made_at", "due_at", "state", "outcome",
    "finished_at", "version", "owner_kind", "taken_by", "asked_by", "made_by", "calendar_id",
    "remind_at", "broken_at", "escalated_at", "tell_customer", "told_customer_at", "detected",
    "product_id", "product_name", "price_minor", "currency", "valid_until", "window_from",
    "window_until", "skill_id", "returned_reason",
)  # fmt: skip


@cache  # each desk asks for it, and most of that was putting it together
def _rows() -> Select[*tuple[Any, ...]]:
    table = commitments.c
    taker, asker, maker = (users.alias(name) for name in ("taker", "asker", "maker"))
    return (
        select(
            *(table[name] for name in _OWN),
            identities.c.customer_id,
            customers.c.name.label("customer_name"),
            func.coalesce(users.c.name, teams.c.zh).label("owner_name"),
            teams.c.zh.label("owner_zh"),
            teams.c.en.label("owner_en"),
            taker.c.name.label("taken_by_name"),
            asker.c.name.label("asked_by_name"),
            maker.c.name.label("made_by_name"),
        )
        .select_from(commitments)
        .join(identities, identities.c.id == table.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .outerjoin(users, users.c.id == table.owner_id)
        .outerjoin(teams, and_(table.owner_kind == OwnerKind.TEAM, teams.c.id == table.owner_id))
        .outerjoin(taker, taker.c.id == table.taken_by)
        .outerjoin(asker, asker.c.id == table.asked_by)
        .outerjoin(maker, maker.c.id == table.made_by)
    )


def _shown(tx: Tx, rows: Sequence[Any]) -> list[CommitmentRow]:
    priced = [row.id for row in rows if row.price_minor is not None]
    disputed = in_conflict(tx, priced)
    return [CommitmentRow(**row._mapping, in_conflict=row.id in disputed) for row in rows]
