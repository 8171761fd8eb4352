"""Who is in a group, and who came and went: pages of those whom the reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    union_all,
)

from hub.core.errors import NotFound
from hub.customers.access import Scope
from hub.customers.tables import customers
from hub.storage import Tx
from hub.web import Page, PageQuery, View, decode_cursor, encode_cursor

from .counting import MOST_COUNTED
from .tables import customer_groups, group_members


class MemberView(View, frozen=True):
    customer_id: str
    name: str | None
    entered_at: datetime


class GroupMoveView(View, frozen=True):
    """A customer entered a group, or left it."""

    customer_id: str
    name: str | None
    move: Literal["entered", "left"]
    at: datetime


class _Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class _MovePosition(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str
    move: str


def id_of(tx: Tx, key: str) -> str:
    """Return the id of a group. Raises NotFound."""
    found = select(customer_groups.c.id).where(
        customer_groups.c.key == key, customer_groups.c.retired_at.is_(None)
    )
    group_id: str | None = tx.execute(found).scalar_one_or_none()
    if group_id is None:
        raise NotFound("There is no such group.")
    return group_id


def list_members(tx: Tx, scope: Scope, key: str, query: PageQuery) -> Page[MemberView]:
    """Return who is in a group, the newest first."""
    table = group_members.c
    found = (
        select(table.id, table.customer_id, table.entered_at, customers.c.name)
        .join(customers, customers.c.id == table.customer_id)
        .where(
            table.group_id == id_of(tx, key),
            table.left_at.is_(None),
            customers.c.archived_at.is_(None),
            scope.customers(),
        )
        .order_by(table.entered_at.desc(), table.id.desc())
        .limit(query.limit + 1)
    )
    position = decode_cursor(query.after, _Position)
    if position is not None:
        at, last_id = position.at, position.id
        found = found.where(
            or_(table.entered_at < at, and_(table.entered_at == at, table.id < last_id))
        )
    rows = tx.execute(found).all()
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Page(
        items=[
            MemberView(customer_id=row.customer_id, name=row.name, entered_at=row.entered_at)
            for row in shown
        ],
        after=encode_cursor(_Position(shown[-1].entered_at, shown[-1].id)) if more else None,
    )


def list_group_moves(tx: Tx, scope: Scope, key: str, query: PageQuery) -> Page[GroupMoveView]:
    """Return who entered a group and who left it, the newest first. Two index ranges, merged."""
    table, group_id = group_members.c, id_of(tx, key)
    before = decode_cursor(query.after, _MovePosition)
    entered = _moves(scope, group_id, "entered", table.entered_at, before, query.limit)
    left = _moves(scope, group_id, "left", table.left_at, before, query.limit)
    both = union_all(select(entered.subquery()), select(left.subquery())).subquery()
    found = (
        select(both)
        .order_by(both.c.at.desc(), both.c.id.desc(), both.c.move.desc())
        .limit(query.limit + 1)
    )
    rows: Sequence[Row[Any]] = tx.execute(found).all()
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    return Page(
        items=[
            GroupMoveView(customer_id=row.customer_id, name=row.name, move=row.move, at=row.at)
            for row in shown
        ],
        after=encode_cursor(_MovePosition(last.at, last.id, last.move)) if last else None,
    )


def _moves(
    scope: Scope,
    group_id: str,
    move: str,
    at: Column[Any],
    before: _MovePosition | None,
    limit: int,
) -> Select[Any]:
    table = group_members.c
    found = (
        select(
            table.id,
            table.customer_id,
            customers.c.name,
            literal(move).label("move"),
            at.label("at"),
        )
        .join(customers, customers.c.id == table.customer_id)
        .where(table.group_id == group_id, scope.customers())
        .order_by(at.desc(), table.id.desc())
        .limit(limit + 1)
    )
    if move == "left":
        found = found.where(table.left_at.is_not(None))
    return found if before is None else found.where(_older(at, move, before))


def _older(at: Column[Any], move: str, before: _MovePosition) -> ColumnElement[bool]:
    """What comes after this position: of one stay's two moves in one moment, `left` is newer."""
    id_ = group_members.c.id
    same = id_ <= before.id if move < before.move else id_ < before.id
    return or_(at < before.at, and_(at == before.at, same))


class Members(NamedTuple):
    """How many a user sees; `more`: at least so many."""

    number: int
    more: bool


def count_members(tx: Tx, scope: Scope, group_ids: Sequence[str]) -> dict[str, Members]:
    """Count the members that this user sees, of all groups by one statement.

    Of each at most MOST_COUNTED are looked at: of a larger one it is at least what was seen there.
    """
    group = customer_groups.c
    looked_at = (
        select(group_members.c.customer_id)
        .where(group_members.c.group_id == group.id, group_members.c.left_at.is_(None))
        .limit(MOST_COUNTED + 1)
        .correlate(customer_groups)
        .subquery()
    )
    seen = select(func.count()).select_from(looked_at)
    every = seen.correlate(customer_groups).scalar_subquery()
    mine = every
    if not scope.everything:
        seen = seen.join(customers, customers.c.id == looked_at.c.customer_id)
        seen = seen.where(customers.c.archived_at.is_(None), scope.customers())
        mine = seen.correlate(customer_groups).scalar_subquery()
    rows = tx.execute(
        select(group.id, every.label("every"), mine.label("mine")).where(group.id.in_(group_ids))
    )
    return {row.id: Members(min(row.mine, MOST_COUNTED), row.every > MOST_COUNTED) for row in rows}
