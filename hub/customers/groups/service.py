"""Use cases of groups: made, changed, retired, kept up to date, counted page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.rules.features import FeaturePart, load_features
from hub.customers.rules.model import Features, Rule, check_rule
from hub.customers.tables import customers
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, insert_values, tx_time

from .model import RECOUNT, Changes, Group, changes_of, moves_with_time
from .tables import customer_groups, group_members

MAX_GROUPS = 200
_MEMBER = ("id", "group_id", "customer_id", "entered_at", "left_at")
_INSIDE = Statement("""
SELECT m.group_id, m.customer_id FROM {rows}
JOIN group_members m ON m.customer_id = {text 0} WHERE m.left_at IS NULL
""")
_LEAVE = Statement("""
UPDATE group_members SET left_at = {time :now}
WHERE left_at IS NULL AND (group_id, customer_id) IN (SELECT {text 0}, {text 1} FROM {rows})
""")


class StaleGroup(Conflict):
    """Somebody else changed it meanwhile."""

    code = "group.stale"


@dataclass(frozen=True, slots=True)
class PutGroup:
    """A new group (`version` 0), or another rule or names of one at that version."""

    actor: Actor
    key: str
    zh: str
    en: str
    rule: object  # JSON: checked here
    owner_id: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class RetireGroup:
    actor: Actor
    group_id: str


def read_rule(raw: object) -> Rule:
    """Return the rule. Raises Invalid with everything that is wrong with it."""
    rule = check_rule(raw)
    if isinstance(rule, list):
        raise Invalid("The rule cannot be read.", code="group.rule", faults=rule)
    return rule


def put_group(tx: Tx, cmd: PutGroup) -> str:
    """Make or change a group and have everybody counted; return its id.

    The key of a retired group makes that one anew. Raises Invalid, StaleGroup where the key is
    taken or the group was changed, Conflict where there are too many or the retired one is being
    emptied.
    """
    read_rule(cmd.rule)
    table = customer_groups.c
    names = {"zh": cmd.zh.strip(), "en": cmd.en.strip()}
    if not all(names.values()):
        raise Invalid("A group has a name in both languages.", code="group.names", field="zh")
    owner = select(users.c.id).where(users.c.id == cmd.owner_id, users.c.disabled_at.is_(None))
    if tx.execute(owner.with_for_update(read=True)).first() is None:  # or is about to leave
        raise Invalid(
            "The owner is not a user who can sign in.", code="group.owner", field="owner_id"
        )
    row = tx.execute(select(customer_groups).where(table.key == cmd.key).with_for_update()).first()
    in_use = row is not None and row.retired_at is None
    if (row.version if row is not None and in_use else 0) != cmd.version:
        raise StaleGroup("Somebody else changed this group meanwhile: load it again.")
    if not in_use:
        _check_room(tx, row)
    values = {**names, "rule": cmd.rule, "owner_id": cmd.owner_id, "counted_to": ""}
    if row is None:
        group_id = new_id()
        made = {"id": group_id, "key": cmd.key, "version": 1, "made_at": tx.now}
        tx.execute(insert(customer_groups).values(**made, **values))
    else:
        group_id = str(row.id)
        tx.execute(
            update(customer_groups)
            .where(table.id == group_id)
            .values(**values, version=row.version + 1, retired_at=None, recount_at=None)
        )
    audit(tx, cmd.actor, "group.put", "group", group_id, {"key": cmd.key})
    tx.hint("group.changed", group_id)
    return group_id


def _check_room(tx: Tx, retired: Row[Any] | None) -> None:
    """Raise Conflict where one more group is too many, or one of this key is not ended yet."""
    if retired is not None and retired.counted_to is not None:
        text = "A group of this key was just retired and is being emptied: try again in a moment."
        raise Conflict(text, code="group.ending")
    table = customer_groups.c
    there = select(table.id).where(table.retired_at.is_(None)).limit(MAX_GROUPS)
    if len(tx.execute(there).all()) >= MAX_GROUPS:
        raise Conflict(
            f"There are {MAX_GROUPS} groups already: retire one.",
            code="group.many",
            most=MAX_GROUPS,
        )


def retire_group(tx: Tx, cmd: RetireGroup) -> None:
    """Nobody is in the group any more; who was, and when, is kept. Raises NotFound.

    Its memberships are ended piece by piece by count_next, with this moment: they can be very many.
    """
    retired = tx.execute(
        update(customer_groups)
        .where(customer_groups.c.id == cmd.group_id, customer_groups.c.retired_at.is_(None))
        .values(retired_at=tx.now, counted_to="", recount_at=None)
    )
    if retired.rowcount != 1:
        raise NotFound("There is no such group.")
    audit(tx, cmd.actor, "group.retire", "group", cmd.group_id)
    tx.hint("group.changed", cmd.group_id)


def keep_groups(
    tx: Tx, features: Mapping[str, Features], gone: Collection[str], now: datetime
) -> Changes:
    """Let these customers enter and leave every group; four statements, however many there are."""
    found = select(customer_groups.c.id, customer_groups.c.rule).where(
        customer_groups.c.retired_at.is_(None)
    )
    groups = _readable(tx.execute(found).all())
    return _change(tx, groups, features, gone, now) if groups else Changes([], [])


def count_next(tx: Tx, now: datetime, limit: int, parts: Sequence[FeaturePart]) -> int:
    """Count the next page of customers of a group that is being counted, or end the next
    memberships of one that was retired (timekeeper).

    Return how many were looked at. A group whose rule asks for times is counted again a day later.
    Whoever was erased is in no group.
    """
    row = _next_group(tx, now)
    if row is None:
        return 0
    if row.retired_at is not None:
        return _end_members(tx, row, limit)
    counted_to = row.counted_to or ""
    found = (
        select(customers.c.id, customers.c.archived_at)
        .where(customers.c.id > counted_to, customers.c.merged_into_id.is_(None))
        .order_by(customers.c.id)
        .limit(limit)
    )
    page = tx.execute(found).all()
    ids = [one.id for one in page]
    erased = {one.id for one in page if one.archived_at is not None}
    groups = _readable([row])
    features = load_features(tx, [id_ for id_ in ids if id_ not in erased], parts)
    _change(tx, groups, features, erased, now)
    done = len(ids) < limit
    again = now + RECOUNT if done and any(moves_with_time(one.rule) for one in groups) else None
    tx.execute(
        update(customer_groups)
        .where(customer_groups.c.id == row.id)
        .values(counted_to=None if done else ids[-1], recount_at=again)
    )
    if done:
        tx.hint("group.changed", row.id)
    return len(ids)


def _end_members(tx: Tx, group: Row[Any], limit: int) -> int:
    """End the next memberships of a retired group; return how many. After the last it is done."""
    table = group_members.c
    inside = (
        select(table.id).where(table.group_id == group.id, table.left_at.is_(None)).limit(limit)
    )
    ids = list(tx.execute(inside).scalars())
    tx.execute(update(group_members).where(table.id.in_(ids)).values(left_at=group.retired_at))
    if len(ids) < limit:
        tx.execute(
            update(customer_groups).where(customer_groups.c.id == group.id).values(counted_to=None)
        )
    return len(ids)


def _readable(rows: Sequence[Row[Any]]) -> list[Group]:
    """Leave out a rule on a field that is there no longer: its members stay as they are."""
    rules = [(row.id, check_rule(row.rule)) for row in rows]
    return [Group(id_, rule) for id_, rule in rules if not isinstance(rule, list)]


def _to_count() -> Sequence[Look]:
    """A group in use before one that was retired: that one is waited for by nobody."""
    table = customer_groups.c
    there = select(customer_groups).order_by(table.id).limit(LIMIT).with_for_update()
    in_use = there.where(table.retired_at.is_(None))
    waiting = table.counted_to.is_not(None)
    in_turn = in_use.where(waiting), in_use.where(table.recount_at <= NOW), there.where(waiting)
    return [Look(one) for one in in_turn]


_TO_COUNT = _to_count()


def _next_group(tx: Tx, now: datetime) -> Row[Any] | None:
    for look in _TO_COUNT:
        if found := look(tx, now, 1):
            return found[0]
    return None


def _change(
    tx: Tx,
    groups: Sequence[Group],
    features: Mapping[str, Features],
    gone: Collection[str],
    now: datetime,
) -> Changes:
    ids = sorted({*features, *gone})
    inside = {(row.group_id, row.customer_id) for row in _INSIDE(tx, [[one] for one in ids])}
    changes = changes_of(groups, features, gone, inside, now)
    insert_values(
        tx,
        group_members,
        _MEMBER,
        [(new_id(), *pair, tx.now, None) for pair in changes.entered],
    )
    if changes.left:
        _LEAVE(tx, [list(pair) for pair in changes.left], now=tx_time(tx, tx.now))
    for group_id, customer_id in changes.entered:
        tx.hint("group.entered", f"{group_id}:{customer_id}")
    for group_id, customer_id in changes.left:
        tx.hint("group.left", f"{group_id}:{customer_id}")
    return changes


def count_owned(tx: Tx, user_id: str) -> int:
    """Count the groups that a user answers for."""
    table = customer_groups.c
    found = select(func.count()).where(table.owner_id == user_id, table.retired_at.is_(None))
    number: int = tx.execute(found).scalar_one()
    return number


def hand_over_groups(tx: Tx, from_id: str, to_id: str) -> int:
    """Give the groups that one user answers for to another one; return how many."""
    table = customer_groups.c
    changed = tx.execute(
        update(customer_groups)
        .where(table.owner_id == from_id, table.retired_at.is_(None))
        .values(owner_id=to_id, version=table.version + 1)
        .returning(table.id)
    ).scalars()
    ids = list(changed)
    for group_id in ids:
        tx.hint("group.changed", group_id)
    return len(ids)
