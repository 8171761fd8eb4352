"""Routes of the numbers that no list calls."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.accounts.model import actor_of
from hub.storage import Store, Tx
from hub.web import Access, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from . import views
from .numbers import AddNumbers, add_numbers, list_numbers, remove_number


class _Newest(msgspec.Struct, frozen=True, array_like=True):
    added_at: datetime
    number: str


class NumberRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/do-not-call",
        access=Access.SUPERVISOR,
        summary="Numbers that no phone list calls",
    )
    async def numbers(self, principal: Principal, query: PageQuery) -> Page[views.NumberLine]:
        return await self._store.read(_list, query)

    @route(
        "POST",
        "/api/v1/do-not-call",
        access=Access.SUPERVISOR,
        summary="Add numbers that no phone list calls",
    )
    async def add(self, principal: Principal, body: views.NumbersBody) -> views.NumbersAdded:
        command = AddNumbers(actor_of(principal), tuple(body.numbers), body.source, body.region)
        added = await self._store.write(add_numbers, command)
        return views.NumbersAdded(**added._asdict())

    @route(
        "DELETE",
        "/api/v1/do-not-call/{number}",
        access=Access.SUPERVISOR,
        summary="Let a number be called by phone lists again",
    )
    async def remove(self, principal: Principal, number: str) -> None:
        await self._store.write(remove_number, (actor_of(principal), number))


def _list(tx: Tx, query: PageQuery) -> Page[views.NumberLine]:
    position = decode_cursor(query.after, _Newest)
    after = None if position is None else (position.added_at, position.number)
    rows = list_numbers(tx, query.limit + 1, after)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    last = encode_cursor(_Newest(shown[-1].added_at, shown[-1].number)) if more else None
    items = [
        views.NumberLine(
            number=row.number,
            source=row.source,
            added_at=row.added_at,
            added_by_name=row.added_by_name,
        )
        for row in shown
    ]
    return Page(items=items, after=last)
