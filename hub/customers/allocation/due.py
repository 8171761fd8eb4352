"""What becomes due of new customers: half of the time is used, all of it, half as much again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, union_all

from hub.customers.rules.model import Features
from hub.customers.settings import load_customer_settings
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, update_values

from .giving import Gift, end, give, lock_owners
from .model import LEADS, RETRY, Cause, EndedAs, Given, Open, allocate, fires
from .people import Outside, Since, load_desk
from .tables import lead_allocations

Load = Callable[[Tx, Sequence[str]], Mapping[str, Features]]
_NOBODY = "lead.nobody"
_TRIED = Statement("""
SELECT a.customer_id, a.to_id FROM {rows}
JOIN lead_allocations a ON a.customer_id = {text 0} AND a.to_id IS NOT NULL
""")


def fire_due(tx: Tx, now: datetime, limit: int, outside: Outside, load: Load) -> int:
    """Remind, escalate, recall: each once, and nothing of who was touched; return how many.

    A fixed number of statements, however many there are; the rows are locked and looked at as they
    are then, so a moment fires once however often it is asked.
    """
    rows = _due(tx, now, limit)
    if not rows:
        return 0
    waiting = _without_touched(tx, rows, outside)
    due = {row.id: fires(_open(row), now) for row in waiting}
    marks = [
        [
            row.id,
            now if due[row.id].remind else row.reminded_at,
            now if due[row.id].escalate else row.escalated_at,
        ]
        for row in waiting
        if due[row.id].remind or due[row.id].escalate
    ]
    update_values(tx, lead_allocations, ("id", "reminded_at", "escalated_at"), marks)
    for row in waiting:
        told = due[row.id].told
        if told is not None:
            tx.hint(f"lead.{told}" if row.to_id else _NOBODY, row.id)
    _recall(tx, [row for row in waiting if due[row.id].recall], now, outside, load)
    return len(rows)


def _looked_for() -> Look:
    table = lead_allocations.c
    open_ = table.ended_as.is_(None)
    asked = []
    for at, more in (
        (table.remind_at, table.reminded_at.is_(None)),
        (table.escalate_at, table.escalated_at.is_(None)),
        (table.recall_at, table.recall_at.is_not(None)),
    ):
        first = select(table.id).where(open_, more, at <= NOW).order_by(at).limit(LIMIT).subquery()
        asked.append(select(first.c.id))
    return Look(select(union_all(*asked).subquery().c.id))


_DUE = _looked_for()  # by three small indexes


def _due(tx: Tx, now: datetime, limit: int) -> list[Row[Any]]:
    """Return what is due, locked."""
    ids = sorted(set(_DUE.ids(tx, now, limit)))
    if not ids:
        return []
    table = lead_allocations.c
    found = (
        select(lead_allocations)
        .where(
            table.id.in_(ids),
            table.ended_as.is_(None),
            or_(table.reminded_at.is_(None), table.escalated_at.is_(None), table.recall_at <= now),
        )
        .order_by(table.id)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(found).all())


def _without_touched(tx: Tx, rows: Sequence[Row[Any]], outside: Outside) -> list[Row[Any]]:
    """Enter who was touched, which ends it, and return the others."""
    asked = [Since(row.id, row.customer_id, row.to_id, row.made_at) for row in rows if row.to_id]
    touched = outside.touches(tx, asked)
    update_values(
        tx,
        lead_allocations,
        ("id", "touched_at", "ended_at", "ended_as"),
        [[id_, at, tx.now, EndedAs.TOUCHED.value] for id_, at in sorted(touched.items())],
    )
    for row in rows:
        if row.id in touched:
            tx.hint("customer.changed", row.customer_id)
    return [row for row in rows if row.id not in touched]


def _recall(tx: Tx, rows: Sequence[Row[Any]], now: datetime, outside: Outside, load: Load) -> None:
    """Give to the next who is there and has not had them; without one they stay where they are.

    Who has another owner by now was decided about.
    """
    if not rows:
        return
    owners = lock_owners(tx, [row.customer_id for row in rows])
    settings = load_customer_settings(tx).allocation
    desk = load_desk(tx, settings, outside, now)
    features = load(tx, [row.customer_id for row in rows])
    tried = _tried(tx, [row.customer_id for row in rows])
    ended: dict[str, EndedAs] = {}
    gifts: list[Gift] = []
    later: list[list[Any]] = []
    for row in rows:
        known = features.get(row.customer_id)
        if known is None or known.stage not in LEADS:
            ended[row.id] = EndedAs.GONE
            continue
        if owners.get(row.customer_id) != row.to_id:
            ended[row.id] = EndedAs.MOVED
            continue
        given = allocate(desk.rules, known, desk.turns, now, tried[row.customer_id])
        if given.rule is not None and given.to_id is not None:
            ended[row.id] = EndedAs.RECALLED if row.to_id else EndedAs.TAKEN
            gifts.append(_gift(row, given))
        elif row.to_id is not None:
            later.append([row.id, None, {**row.trace, "stuck": given.trace["rules"]}])
            tx.hint("lead.stuck", row.id)
        elif given.holds:
            later.append([row.id, now + RETRY, row.trace])
        else:
            ended[row.id] = EndedAs.GONE
    end(tx, ended)
    update_values(tx, lead_allocations, ("id", "recall_at", "trace"), later)
    for row in rows:
        if ended.get(row.id) is EndedAs.RECALLED:
            tx.hint("lead.recalled", row.id)
    give(tx, gifts, outside.add)


def _gift(row: Row[Any], given: Given) -> Gift:
    assert given.rule is not None  # noqa: S101 - somebody is given by a rule
    rule = given.rule
    cause = Cause.RECALLED if row.to_id else Cause.RETRIED
    trace = {**given.trace, "had_since": row.made_at.isoformat()}
    return Gift(
        row.customer_id, given.to_id, cause, rule.key, rule.within, rule.calendar_id, trace,
        had_by=row.to_id,
    )  # fmt: skip


def _tried(tx: Tx, customer_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return who has had these customers already."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in _TRIED(tx, [[customer_id] for customer_id in sorted(set(customer_ids))]):
        found[row.customer_id].add(row.to_id)
    return found


def _open(row: Row[Any]) -> Open:
    return Open(**{name: getattr(row, name) for name in Open._fields})
