"""Giving customers the tiers that a run found: a piece is one transaction, a few statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.model import TierSource
from hub.customers.tables import customers, tier_changes
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, update_values

from .rules import Tiers

OpenComplaints = Callable[[Tx, Sequence[str]], Collection[str]]
"""Of these customers, who has a complaint that is open: nobody moves to a lower tier meanwhile."""
Retier = Callable[[Tx, Collection[str]], None]
"""Lets tiers count for what waits, and for the persons of organisations (hub.care.retier)."""


def no_complaints(_tx: Tx, _customer_ids: Sequence[str]) -> Collection[str]:
    """Nobody complains: where complaints are not kept."""
    return ()


class TierMove(NamedTuple):
    """From `before` with its source, as the run saw it: who was changed meanwhile stays."""

    customer_id: str
    before: str
    source_before: str
    after: str
    source: TierSource
    reason: str
    inputs: Mapping[str, Any]


class MovePiece(NamedTuple):
    run_id: str
    rules_version: int
    tiers: Tiers
    moves: Sequence[TierMove]
    complaints: OpenComplaints
    retier: Retier


class Moved(NamedTuple):
    """`held_back`: by an open complaint."""

    moved: int
    held_back: int
    seconds: float


_NOW = Statement("""
SELECT c.id, COALESCE(c.own_tier, c.tier) AS tier, c.tier_source
FROM {rows} JOIN customers c ON c.id = {text 0}
WHERE c.merged_into_id IS NULL ORDER BY c.id {kept c}
""")


def complained(tx: Tx, asked: tuple[OpenComplaints, Sequence[str]]) -> list[str]:
    """Return who of these customers has an open complaint."""
    complaints, ids = asked
    return list(complaints(tx, ids))


def move_tiers(tx: Tx, piece: MovePiece) -> Moved:
    """Move customers, keep why, and let it count at once for what waits."""
    began = perf_counter()
    rows = _NOW(tx, [[move.customer_id] for move in piece.moves])
    now = {row.id: (row.tier, row.tier_source) for row in rows}
    moves = [
        move
        for move in piece.moves
        if now.get(move.customer_id) == (move.before, move.source_before)
    ]
    lower = [move.customer_id for move in moves if piece.tiers.is_lower(move.after, move.before)]
    held = set(piece.complaints(tx, lower)) & set(lower) if lower else set()
    moves = [move for move in moves if move.customer_id not in held]
    if moves:
        _write(tx, piece, moves)
    return Moved(len(moves), len(held), perf_counter() - began)


def _write(tx: Tx, piece: MovePiece, moves: Sequence[TierMove]) -> None:
    update_values(
        tx,
        customers,
        _CHANGED,
        [
            (
                *(move.customer_id, move.after, None, move.source.value, move.reason),
                *(tx.now, None, None, tx.now),
            )
            for move in moves
        ],
        also="version = version + 1",
    )
    insert_values(
        tx,
        tier_changes,
        _KEPT,
        [
            (
                *(new_id(), move.customer_id, move.before, move.after, move.source.value),
                *(move.reason, tx.now, piece.run_id, piece.rules_version, dict(move.inputs)),
            )
            for move in moves
        ],
    )
    ids = [move.customer_id for move in moves]
    mark_dirty(tx, ids, "tier")
    piece.retier(tx, ids)
    for customer_id in ids:
        tx.hint("customer.changed", customer_id)
        tx.hint("customer.tier_moved", customer_id)


_DROP = Statement("""
DELETE FROM customer_values WHERE customer_id IN (SELECT {text 0} FROM {rows})
""")
_BY_RULE = Statement("""
SELECT c.id, COALESCE(c.own_tier, c.tier) AS tier
FROM {rows} JOIN customers c ON c.id = {text 0}
WHERE c.merged_into_id IS NULL AND c.tier_source = 'rule'
""")


def drop_values(tx: Tx, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Forget the figures of customers who have bought nothing any more (their orders are another's
    now); return those who have a tier by rule, with that tier.

    These keep their figures until they have moved: so a run that was broken off, or a complaint
    that held them back, does not leave them their tier for good.
    """
    found = with_rule_tier(tx, ids)
    kept = {customer_id for customer_id, _ in found}
    _DROP(tx, [[customer_id] for customer_id in ids if customer_id not in kept])
    return found


def with_rule_tier(tx: Tx, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return who of these customers has a tier by rule, and which."""
    return [(row.id, row.tier) for row in _BY_RULE(tx, [[customer_id] for customer_id in ids])]


_CHANGED = (
    "id",
    "tier",
    "own_tier",
    "tier_source",
    "tier_reason",
    "tier_set_at",
    "tier_set_by",
    "tier_expires_at",
    "updated_at",
)
_KEPT = (
    "id",
    "customer_id",
    "before",
    "after",
    "source",
    "reason",
    "changed_at",
    "run_id",
    "rules_version",
    "inputs",
)
