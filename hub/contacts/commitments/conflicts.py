"""Two prices for one product to one customer: found when one is promised, kept to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, delete, insert, or_, select, tuple_, update

from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.tables import identities
from hub.storage import Tx
from hub.web.shapes import View

from .model import CommitmentKind, CommitmentState
from .quotes import Quote, price_conflicts
from .tables import commitment_conflicts, commitments

PRICE = "price"
MAX_QUOTES = 500  # of one customer that are compared


class StandingQuote(View, frozen=True):
    """A price that one customer was told and that still holds."""

    id: str
    product_id: str | None
    product_name: str | None
    price_minor: int
    currency: str
    valid_until: datetime | None
    made_at: datetime
    state: str


def find_conflicts(tx: Tx, commitment_id: str) -> list[str]:
    """Note with which standing quotes to the same customer this one's price cannot be true, too;
    return their ids. Nothing for what has no price.
    """
    table = commitments.c
    row = tx.execute(
        select(*_QUOTE, table.kind, identities.c.customer_id)
        .join(identities, identities.c.id == table.identity_id)
        .where(table.id == commitment_id)
    ).one()
    if row.kind == CommitmentKind.QUOTE:
        mark_dirty(tx, [row.customer_id], "quote")  # who asks for a price is an opportunity
    if row.price_minor is None:
        return []
    whose = select(identities.c.id).where(identities.c.customer_id == row.customer_id)
    found = tx.execute(_standing(tx.now).where(table.identity_id.in_(whose)).limit(MAX_QUOTES))
    others = price_conflicts(_quote(row), [_quote(one) for one in found], tx.now)
    _note(tx, [(min(one, commitment_id), max(one, commitment_id)) for one in others])
    if others:
        tx.hint("commitment.conflict", commitment_id)
    return others


def compare_quotes(tx: Tx, customer_id: str) -> int:
    """Note which standing quotes to a customer contradict each other, after two records became one;
    return how many pairs are new. What was decided stays decided.
    """
    whose = select(identities.c.id).where(identities.c.customer_id == customer_id)
    standing = _standing(tx.now).where(commitments.c.identity_id.in_(whose)).limit(MAX_QUOTES)
    quotes = [_quote(row) for row in tx.execute(standing)]
    pairs = {
        (min(one.id, other), max(one.id, other))
        for place, one in enumerate(quotes)
        for other in price_conflicts(one, quotes[place + 1 :], tx.now)
    }
    if not pairs:
        return 0
    table = commitment_conflicts.c
    found = select(table.one_id, table.other_id).where(table.one_id.in_({one for one, _ in pairs}))
    known = {(row.one_id, row.other_id) for row in tx.execute(found)}
    _note(tx, sorted(pairs - known))
    return len(pairs - known)


def drop_conflicts(tx: Tx, commitment_id: str) -> None:
    """Its price is another, or no more: nothing is left to decide."""
    table = commitment_conflicts.c
    tx.execute(
        delete(commitment_conflicts).where(
            or_(table.one_id == commitment_id, table.other_id == commitment_id),
            table.decided_at.is_(None),
        )
    )


def quotes_of(tx: Tx, identity_ids: Sequence[str]) -> list[StandingQuote]:
    """Return the prices that hold of what was promised to these identities, the newest first."""
    if not identity_ids:
        return []
    rows = tx.execute(
        _standing(tx.now)
        .add_columns(commitments.c.made_at, commitments.c.state)
        .where(commitments.c.identity_id.in_(sorted(set(identity_ids))))
        .order_by(commitments.c.made_at.desc(), commitments.c.id.desc())
        .limit(MAX_QUOTES)
    )
    return [StandingQuote(**row._mapping) for row in rows]


def in_conflict(tx: Tx, commitment_ids: Sequence[str]) -> set[str]:
    """Return those of these commitments with a conflict that nobody has decided."""
    if not commitment_ids:
        return set()
    wanted = sorted(set(commitment_ids))
    table = commitment_conflicts.c
    rows = tx.execute(
        select(table.one_id, table.other_id).where(
            table.decided_at.is_(None), or_(table.one_id.in_(wanted), table.other_id.in_(wanted))
        )
    )
    return {id_ for row in rows for id_ in (row.one_id, row.other_id)} & set(wanted)


class ConflictPosition(msgspec.Struct, frozen=True, array_like=True):
    found_at: datetime
    id: str


class FoundConflict(View, frozen=True):
    id: str
    kind: str
    one_id: str
    other_id: str
    found_at: datetime


def list_undecided(
    tx: Tx, owners: frozenset[str] | None, after: ConflictPosition | None, limit: int
) -> list[FoundConflict]:
    """List conflicts of which one side is owned by these (None: anybody), the newest first."""
    table = commitment_conflicts.c
    found = (
        select(table.id, table.kind, table.one_id, table.other_id, table.found_at)
        .where(table.decided_at.is_(None))
        .order_by(table.found_at.desc(), table.id.desc())
        .limit(limit)
    )
    if owners is not None:
        theirs = select(commitments.c.id).where(
            commitments.c.id.in_([table.one_id, table.other_id]),
            commitments.c.owner_id.in_(sorted(owners)),
        )
        found = found.where(theirs.exists())
    if after is not None:
        found = found.where(
            or_(
                table.found_at < after.found_at,
                and_(table.found_at == after.found_at, table.id < after.id),
            )
        )
    return [FoundConflict(**row._mapping) for row in tx.execute(found)]


def sides_of(tx: Tx, conflict_id: str) -> tuple[str, ...]:
    """Return the two commitments of a conflict; nothing where there is none."""
    table = commitment_conflicts.c
    row = tx.execute(select(table.one_id, table.other_id).where(table.id == conflict_id)).first()
    return () if row is None else (row.one_id, row.other_id)


_QUOTE = tuple(
    commitments.c[name]
    for name in (
        "id", "product_id", "product_name", "price_minor", "currency", "valid_until",
    )
)  # fmt: skip


def _standing(now: datetime) -> Any:
    table = commitments.c
    return select(*_QUOTE).where(
        table.price_minor.is_not(None),
        table.valid_until > now,
        table.state != CommitmentState.WITHDRAWN,
    )


def _quote(row: Row[Any]) -> Quote:
    return Quote(
        row.id, row.product_id, row.product_name, row.price_minor, row.currency, row.valid_until
    )


def _note(tx: Tx, pairs: Sequence[tuple[str, str]]) -> None:
    """Keep these pairs as undecided; one that was decided before is to be decided again."""
    if not pairs:
        return
    table = commitment_conflicts.c
    again = tx.execute(
        update(commitment_conflicts)
        .where(tuple_(table.one_id, table.other_id).in_(pairs))
        .values(found_at=tx.now, decided_at=None, decided_by=None, decision=None)
        .returning(table.one_id, table.other_id)
    )
    known = {(row.one_id, row.other_id) for row in again}
    fresh = [pair for pair in pairs if pair not in known]
    if fresh:
        tx.execute(
            insert(commitment_conflicts),
            [
                {
                    "id": new_id(),
                    "one_id": one,
                    "other_id": other,
                    "kind": PRICE,
                    "found_at": tx.now,
                }
                for one, other in fresh
            ],
        )
