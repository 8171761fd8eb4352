"""Addresses that are another's: they go to a record of their own, or to the one they belong to.

A split gives identities another home, so merges go on to count around it (model.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.business.moves import follow_identities
from hub.customers.changes import check_text, mark_dirty, note_change
from hub.customers.model import DEFAULT_TIER, IdentityKind, IdentityStatus
from hub.customers.reads import get_customer_row
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import customers, identities, identity_moves
from hub.storage import Tx

from .links import join_records, lock_roots, log_moves
from .model import Edge, MoveKind

MADE_BY_SPLIT = "split"  # `customers.source` of a record that a split made


@dataclass(frozen=True, slots=True)
class SplitCustomer:
    """These addresses of a customer are somebody else's: `to_id`'s, or a new record's with `name`
    and the default `tier`."""

    actor: Actor
    customer_id: str
    identity_ids: tuple[str, ...]
    reason: str
    to_id: str | None = None
    name: str | None = None
    tier: str = DEFAULT_TIER


@dataclass(frozen=True, slots=True)
class UndoSplit:
    actor: Actor
    operation_id: str


def split_customer(tx: Tx, cmd: SplitCustomer) -> Edge:
    """Give the addresses to the other record; return whose they were and whose they are.

    Raises NotFound, Invalid.
    """
    reason = check_text(cmd.reason, "reason", 500)
    named = [cmd.customer_id, *([cmd.to_id] if cmd.to_id else [])]
    roots = lock_roots(tx, named)
    source = roots[cmd.customer_id]
    rows = _chosen(tx, source, cmd.identity_ids)
    if cmd.to_id:
        target = roots[cmd.to_id]
        if target == source:
            raise Invalid(
                "The two are one customer: undo their merge instead.",
                code="splitting.merge",
                field="to_id",
            )
    else:
        _check_something_stays(tx, source, rows)
        target = _new_record(tx, source, cmd)
    operation_id = new_id()
    for row in rows:
        edge = Edge(row.home_id or row.customer_id, target)
        log_moves(tx, MoveKind.SPLIT, operation_id, edge, [row.id], reason, cmd.actor.id)
        if row.kind == IdentityKind.EXTERNAL:
            follow_identities(tx, [row.id], edge.from_id, target)
    tx.execute(
        update(identities)
        .where(identities.c.id.in_([row.id for row in rows]))
        .values(customer_id=target, home_id=None)
    )
    mark_dirty(tx, [source, target], "split")
    note_change(tx, cmd.actor, "customer.split", [source, target])
    return Edge(source, target)


def parties_of(tx: Tx, operation_id: str) -> list[str]:
    """Return the records between which a split moved addresses. Raises NotFound."""
    moves = _moves_of(tx, operation_id)
    return sorted({m.from_customer_id for m in moves} | {m.to_customer_id for m in moves})


def undo_split(tx: Tx, cmd: UndoSplit) -> list[str]:
    """Give the addresses of a split back to whose they were; return the customers concerned.

    A record that the split had made and that nothing else came to becomes the first one's.
    Raises NotFound, and Conflict where it is undone already or the addresses went on from there.
    """
    moves = _moves_of(tx, cmd.operation_id)
    roots = lock_roots(tx, {m.to_customer_id for m in moves} | {m.from_customer_id for m in moves})
    moves = _moves_of(tx, cmd.operation_id)  # now that nobody else changes them
    if any(move.kind == MoveKind.UNSPLIT for move in moves):
        raise Conflict("This split is undone already.", code="splitting.undone")
    if any((move.home_id or move.customer_id) != move.to_customer_id for move in moves):
        raise Conflict(
            "Some of these addresses were split again since: undo that first.",
            code="splitting.later",
        )
    for move in moves:
        back = Edge(move.to_customer_id, move.from_customer_id)
        reason, by = "the split was undone", cmd.actor.id
        log_moves(tx, MoveKind.UNSPLIT, cmd.operation_id, back, [move.identity_id], reason, by)
        follow_identities(tx, [move.identity_id], back.from_id, back.into_id)
    _go_home(tx, moves, roots)
    edge = Edge(moves[0].to_customer_id, roots[moves[0].from_customer_id])
    _give_up_record(tx, edge, moves[0], cmd.actor)
    touched = sorted({*edge, *roots.values()})
    mark_dirty(tx, touched, "split")
    note_change(tx, cmd.actor, "customer.unsplit", touched)
    return touched


def _go_home(tx: Tx, moves: Sequence[Row[Any]], roots: Mapping[str, str]) -> None:
    """Give each identity the home it had; today's customer is that one's root."""
    back = []
    for move in moves:
        home, root = move.from_customer_id, roots[move.from_customer_id]
        kept = None if home == root else home
        back.append({"b_id": move.identity_id, "b_root": root, "b_home": kept})
    tx.execute(
        update(identities)
        .where(identities.c.id == bindparam("b_id"))
        .values(customer_id=bindparam("b_root"), home_id=bindparam("b_home")),
        back,
    )


def _chosen(tx: Tx, customer_id: str, ids: Sequence[str]) -> Sequence[Row[Any]]:
    rows = tx.execute(
        select(identities)
        .where(
            identities.c.id.in_(ids),
            identities.c.customer_id == customer_id,
            identities.c.kind != IdentityKind.RECORD,
        )
        .order_by(identities.c.id)
    ).all()
    if not ids or len(rows) != len(set(ids)):
        raise NotFound("This customer has no such address: open the record again.")
    return rows


def _check_something_stays(tx: Tx, customer_id: str, rows: Sequence[Row[Any]]) -> None:
    left = select(func.count()).where(
        identities.c.customer_id == customer_id,
        identities.c.kind != IdentityKind.RECORD,
        identities.c.status != IdentityStatus.REMOVED,
        identities.c.id.not_in([row.id for row in rows]),
    )
    if tx.execute(left).scalar_one() == 0:
        raise Invalid(
            "Leave one address: without any, there is nothing to tell apart.",
            code="splitting.leave_one",
        )


def _new_record(tx: Tx, source: str, cmd: SplitCustomer) -> str:
    row = get_customer_row(tx, source)
    return create_customer(
        tx,
        CreateCustomer(
            cmd.actor,
            region="",  # no address is typed here
            name=cmd.name,
            language=row.language,
            branch_id=row.branch_id,  # whoever could see the addresses still can, and nobody else
            source=MADE_BY_SPLIT,
            tier=cmd.tier,
        ),
    )


def _moves_of(tx: Tx, operation_id: str) -> Sequence[Row[Any]]:
    rows = tx.execute(
        select(identity_moves, identities.c.customer_id, identities.c.home_id)
        .join(identities, identities.c.id == identity_moves.c.identity_id)
        .where(
            identity_moves.c.operation_id == operation_id,
            identity_moves.c.kind.in_([MoveKind.SPLIT, MoveKind.UNSPLIT]),
        )
        .order_by(identity_moves.c.id)
    ).all()
    if not rows:
        raise NotFound("There is no such split.")
    return rows


def _give_up_record(tx: Tx, edge: Edge, split: Row[Any], actor: Actor) -> None:
    """Merge the record that the split made, where nobody reaches us by it any longer."""
    made = (customers.c.source == MADE_BY_SPLIT) & (customers.c.created_at == split.moved_at)
    unmerged = customers.c.merged_into_id.is_(None)
    held = select(identities.c.id).where(identities.c.customer_id == edge.from_id)
    found = select(customers.c.id).where(customers.c.id == edge.from_id, made, unmerged)
    if tx.execute(found).first() is not None and tx.execute(held.limit(1)).first() is None:
        join_records(tx, edge, actor.id, "the split that made this record was undone", {})
