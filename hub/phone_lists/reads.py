"""Phone lists read: their rows and arms, who is meant, and who would be called before the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true

from hub.campaigns.model import Arm, arm_of
from hub.campaigns.reads import LOOKED_AT, Counts
from hub.contacts.tables import entry_points
from hub.core.errors import NotFound
from hub.customers.groups.tables import group_members
from hub.customers.tables import customers
from hub.routing.settings import load_settings
from hub.storage import Tx

from .judging import CHANNEL, Listed, judge
from .model import PersonState
from .tables import phone_list_people, phone_lists

_PIECE = 500
_TAILS = 16**4  # what the last four signs of an id say: they are random


def get_list(tx: Tx, key: str, *, for_change: bool = False) -> Row[Any]:
    """Return a list by its key. Raises NotFound."""
    found = select(phone_lists).where(phone_lists.c.key == key)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such list.")
    return row


def list_by_id(tx: Tx, list_id: str) -> Row[Any]:
    """Return a list by its id. Raises NotFound."""
    row = tx.execute(select(phone_lists).where(phone_lists.c.id == list_id)).first()
    if row is None:
        raise NotFound("There is no such list.")
    return row


def arms_of(row: Row[Any]) -> list[Arm]:
    return [Arm(arm["key"], arm["share"], arm["holdout"], {}) for arm in row.arms]


def find_line(tx: Tx, row: Row[Any]) -> Row[Any] | None:
    """Return the entry point that calls for a list; None where it is gone."""
    point = entry_points.c
    found = select(entry_points).where(
        point.id == row.entry_point_id, point.channel == CHANNEL, ~point.retired
    )
    return tx.execute(found).first()


def has_queue(tx: Tx, row: Row[Any]) -> bool:
    """Say whether the queue of a list is there, and has targets for calls."""
    queue = load_settings(tx).queues.get(row.queue_id)
    return queue is not None and CHANNEL in queue.target_s


def meant(row: Row[Any]) -> Select[Any]:
    """Return the question whom a list means: `customer_id`, of a group or of its own people."""
    if row.group_id is None:
        return select(phone_list_people.c.customer_id).where(
            phone_list_people.c.list_id == row.id,
            phone_list_people.c.state == PersonState.LISTED,
        )
    return (
        select(group_members.c.customer_id)
        .join(customers, customers.c.id == group_members.c.customer_id)
        .where(
            group_members.c.group_id == row.group_id,
            group_members.c.left_at.is_(None),
            _of_branches(row.branches),
        )
    )


def _of_branches(branches: Sequence[str] | None) -> ColumnElement[bool]:
    if branches is None:
        return true()
    return or_(customers.c.branch_id.is_(None), customers.c.branch_id.in_(branches))


def count_meant(tx: Tx, row: Row[Any]) -> int:
    """Return how many people a list means."""
    asked = select(func.count()).select_from(meant(row).subquery())
    return int(tx.execute(asked).scalar_one())


def count_reach(tx: Tx, row: Row[Any]) -> Counts:
    """Return whom a list would reach, and who not and why. Of many a sample is asked about, the
    same one each time: at most LOOKED_AT or a few more.
    """
    people = count_meant(tx, row)
    found = meant(row).order_by("customer_id").limit(2 * LOOKED_AT)
    if people > LOOKED_AT:
        tail = f"{_TAILS * LOOKED_AT // people:04x}"
        found = found.where(func.substr(found.selected_columns[0], 33) < tail)
    ids = list(tx.execute(found).scalars())
    arms = arms_of(row)
    reach = held_out = 0
    later: Counter[str] = Counter()
    suppressed: Counter[str] = Counter()
    for at in range(0, len(ids), _PIECE):
        for one in judge(tx, row, [Listed(id_) for id_ in ids[at : at + _PIECE]]):
            if one.permit is None:
                comes = one.until is not None and one.until < row.ends_at
                (later if comes else suppressed)[one.why] += 1
            elif arm_of(arms, row.id, one.customer_id).holdout:
                held_out += 1
            else:
                reach += 1
    return Counts(people, len(ids), reach, held_out, dict(later), dict(suppressed))


def counted_people(tx: Tx, list_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return, by list, how many of its people are in which state. One statement."""
    table = phone_list_people.c
    rows = tx.execute(
        select(table.list_id, table.state, func.count().label("n"))
        .where(table.list_id.in_(sorted(list_ids)))
        .group_by(table.list_id, table.state)
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.list_id, {})[row.state] = row.n
    return found
