"""A customer is given to somebody who has to touch them: the owner, the history, the deadlines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub.accounts.tables import users
from hub.core.ids import new_id
from hub.customers.ownership.service import OwnerMove, note_owners
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, update_values

from .model import RETRY, AddOpen, Cause, EndedAs, deadlines
from .tables import lead_allocations

_COLUMNS = ("id", "customer_id", "to_id", "rule_key", "trace", "made_at", "made_by", "within_s",
            "calendar_id", "remind_at", "reminded_at", "escalate_at", "recall_at")  # fmt: skip
_OWNERS = Statement("""
SELECT c.id, c.owner_id FROM {rows} JOIN customers c ON c.id = {text 0}
WHERE c.merged_into_id IS NULL AND c.archived_at IS NULL ORDER BY c.id {locked}
""")
_REASONS: Mapping[Cause, str] = {
    Cause.NEW: "allocated",
    Cause.RECALLED: "not touched in time",
    Cause.RETRIED: "allocated",
    Cause.BY_HAND: "allocated by hand",
    Cause.LEFT: "left",
}


@dataclass(frozen=True, slots=True)
class Gift:
    """`to_id` None: nobody is there, it is tried again. `trace`: what was looked at."""

    customer_id: str
    to_id: str | None
    cause: Cause
    rule_key: str | None
    within: timedelta
    calendar_id: str | None
    trace: Mapping[str, Any]
    reason: str = ""
    had_by: str | None = None  # who had them, where they are recalled


def end(tx: Tx, ended: Mapping[str, EndedAs]) -> None:
    """End allocations, each in its way. One statement for all."""
    rows = [[id_, tx.now, how.value] for id_, how in sorted(ended.items())]
    update_values(tx, lead_allocations, ("id", "ended_at", "ended_as"), rows)


def give(tx: Tx, gifts: Sequence[Gift], add: AddOpen, by: str | None = None) -> list[str]:
    """Make each the owner of the customer, from now on; return the ids of the allocations.

    Who has an open one has to be ended before. `by` None: the hub, which raises no version, for
    nobody has written on the record, and gives nobody to whom somebody has given another owner
    meanwhile. A fixed number of statements, however many there are.
    """
    if not gifts:
        return []
    before = lock_owners(tx, [gift.customer_id for gift in gifts])
    there = _there(tx, {gift.to_id for gift in gifts if gift.to_id})
    given = [
        gift if gift.to_id in there else replace(gift, to_id=None, rule_key=None)
        for gift in gifts
        if gift.customer_id in before and _is_free(gift, before[gift.customer_id])
    ]
    owned = [gift for gift in given if gift.to_id is not None]
    update_values(
        tx,
        customers,
        ("id", "owner_id", "updated_at"),
        [[gift.customer_id, gift.to_id, tx.now] for gift in owned],
        also="" if by is None else "version = version + 1",
    )
    for reason in sorted({_reason(gift) for gift in owned}):
        moves = [
            OwnerMove(gift.customer_id, before[gift.customer_id], gift.to_id)
            for gift in owned
            if _reason(gift) == reason
        ]
        note_owners(tx, moves, by, reason)
    return _insert(tx, given, before, add, by)


def lock_owners(tx: Tx, customer_ids: Collection[str]) -> dict[str, str | None]:
    """Return who has these customers, locked; who is a record no more is left out."""
    rows = _OWNERS(tx, [[customer_id] for customer_id in sorted(customer_ids)])
    return {row.id: row.owner_id for row in rows}


def _is_free(gift: Gift, owner: str | None) -> bool:
    """Nobody has chosen another owner since the hub looked."""
    match gift.cause:
        case Cause.NEW | Cause.RETRIED:
            return owner is None or owner == gift.to_id
        case Cause.RECALLED:
            return owner == gift.had_by
        case _:
            return True


def _there(tx: Tx, user_ids: set[str]) -> set[str]:
    """Who can sign in, kept from leaving until this has committed."""
    found = select(users.c.id).where(
        users.c.id.in_(sorted(user_ids)), users.c.disabled_at.is_(None)
    )
    return set(tx.execute(found.order_by(users.c.id).with_for_update(read=True)).scalars())


def _reason(gift: Gift) -> str:
    return gift.reason or _REASONS[gift.cause]


def _insert(
    tx: Tx, given: Sequence[Gift], before: Mapping[str, str | None], add: AddOpen, by: str | None
) -> list[str]:
    rows = []
    for gift in given:
        due = deadlines(tx.now, gift.within, gift.calendar_id, add)
        trace = {
            **gift.trace,
            "cause": str(gift.cause),
            "before": before[gift.customer_id],
            "reason": gift.reason,
        }
        nobody = gift.to_id is None
        rows.append(
            (
                new_id(),
                gift.customer_id,
                gift.to_id,
                gift.rule_key,
                trace,
                tx.now,
                by,
                int(gift.within.total_seconds()),
                gift.calendar_id,
                due.remind_at,
                tx.now if nobody else None,
                due.escalate_at,
                tx.now + RETRY if nobody else due.recall_at,
            )
        )
    insert_values(tx, lead_allocations, _COLUMNS, rows)
    for row, gift in zip(rows, given, strict=True):
        tx.hint("lead.nobody" if gift.to_id is None else "lead.given", row[0])
        tx.hint("customer.changed", gift.customer_id)
    return [str(row[0]) for row in rows]
