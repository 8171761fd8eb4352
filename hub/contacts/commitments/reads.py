"""Reading commitments: a user's, a customer's, a team's overdue ones, and the nearest of many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, and_, or_, select

from hub.accounts.tables import users
from hub.core.errors import NotFound
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time
from hub.web.shapes import View

from .model import UNFINISHED, CommitmentState
from .tables import commitments


class CommitmentRow(View, frozen=True):
    id: str
    kind: str
    text: str
    customer_id: str
    customer_name: str | None
    owner_id: str
    owner_name: str | None
    contact_id: str | None
    made_at: datetime
    due_at: datetime
    state: str
    outcome: str | None
    finished_at: datetime | None
    version: int


class Position(msgspec.Struct, frozen=True, array_like=True):
    due_at: datetime
    id: str


class ListCommitments(NamedTuple):
    """What is "" does not restrict. `owners`: None for anybody's. `unfinished`: open or broken."""

    limit: int
    owner_id: str = ""
    owners: frozenset[str] | None = None
    customer_id: str = ""
    state: CommitmentState | None = None
    unfinished: bool = True
    after: Position | None = None


def get_commitment(tx: Tx, commitment_id: str) -> CommitmentRow:
    """Return one commitment. Raises NotFound."""
    row = tx.execute(_rows().where(commitments.c.id == commitment_id)).first()
    if row is None:
        raise NotFound("There is no such commitment.")
    return CommitmentRow(**row._mapping)


def list_commitments(tx: Tx, ask: ListCommitments) -> list[CommitmentRow]:
    """List commitments, the earliest due first."""
    table = commitments.c
    found = _rows().order_by(table.due_at, table.id).limit(ask.limit)
    if ask.state is not None:
        found = found.where(table.state == ask.state)
    elif ask.unfinished:
        found = found.where(table.state.in_(sorted(UNFINISHED)))
    if ask.owner_id:
        found = found.where(table.owner_id == ask.owner_id)
    if ask.owners is not None:
        found = found.where(table.owner_id.in_(sorted(ask.owners)))
    if ask.customer_id:
        found = found.where(
            table.identity_id.in_(
                select(identities.c.id).where(identities.c.customer_id == ask.customer_id)
            )
        )
    if ask.after is not None:
        due_at, last = ask.after.due_at, ask.after.id
        found = found.where(
            or_(table.due_at > due_at, and_(table.due_at == due_at, table.id > last))
        )
    return [CommitmentRow(**row._mapping) for row in tx.execute(found)]


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


def _rows() -> Select[*tuple[Any, ...]]:
    table = commitments.c
    return (
        select(
            table.id,
            table.kind,
            table.text,
            identities.c.customer_id,
            customers.c.name.label("customer_name"),
            table.owner_id,
            users.c.name.label("owner_name"),
            table.contact_id,
            table.made_at,
            table.due_at,
            table.state,
            table.outcome,
            table.finished_at,
            table.version,
        )
        .select_from(commitments)
        .join(identities, identities.c.id == table.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .outerjoin(users, users.c.id == table.owner_id)
    )
