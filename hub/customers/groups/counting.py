"""For how many a rule holds now: page by page, no reader is kept from the desks for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import func, literal, select

from hub.customers.access import Scope, SeesMore
from hub.customers.rules.model import Rule
from hub.customers.rules.where import Sql, to_where
from hub.customers.tables import customers
from hub.storage import Store, Tx
from hub.web import Principal, View

MOST_COUNTED = 10_000
_PAGE = 20_000  # customers that one reading asks the rule of


class Counted(View, frozen=True):
    """For how many a rule holds now; `more`: at least so many."""

    customers: int
    more: bool


class _Ask(NamedTuple):
    """`after`: the last customer of the page before. `most`: how many are missing yet."""

    principal: Principal
    rule: Rule
    after: str
    most: int


class RuleCounter:
    """Counts one rule at a time: each asks for every customer there is, at worst.

    `page`: how many customers are asked for in one reading.
    """

    def __init__(self, store: Store, sql: Sql, sees_more: SeesMore, page: int = _PAGE) -> None:
        self._store = store
        self._sql = sql
        self._sees_more = sees_more
        self._size = page
        self._turn = asyncio.Semaphore(1)

    async def count(
        self, principal: Principal, rule: Rule, gone: Callable[[], bool] = lambda: False
    ) -> Counted:
        """Count whom `rule` holds for, of those whom this user sees, up to MOST_COUNTED.

        It ends where whoever asked is `gone`: nobody reads what it came to then.
        """
        found, after = 0, ""
        async with self._turn:
            while found < MOST_COUNTED and not gone():
                ask = _Ask(principal, rule, after, MOST_COUNTED - found)
                number, end = await self._store.read(self._page, ask)
                found += number
                if end is None:
                    return Counted(customers=found, more=found >= MOST_COUNTED)
                after = end
        return Counted(customers=found, more=True)

    def _page(self, tx: Tx, ask: _Ask) -> tuple[int, str | None]:
        """Return how many of the next customers it holds for, and the last of them; None: these
        were all.
        """
        table = customers.c
        ids = select(table.id).where(table.id > ask.after).order_by(table.id)
        end: str | None = tx.execute(ids.offset(self._size - 1).limit(1)).scalar_one_or_none()
        page = ids.limit(self._size).subquery()  # with its limit: the way in, whatever the rule
        found = (
            select(literal(1))
            .select_from(page.join(customers, table.id == page.c.id))
            .where(
                table.id > ask.after,
                table.merged_into_id.is_(None),
                table.archived_at.is_(None),
                to_where(ask.rule, tx.now, self._sql),
                Scope.of(tx, ask.principal, self._sees_more).customers(),
            )
            .limit(ask.most)
        )
        if end is not None:
            found = found.where(table.id <= end)
        number: int = tx.execute(select(func.count()).select_from(found.subquery())).scalar_one()
        return number, end
