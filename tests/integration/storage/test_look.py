"""A look finds what its statement finds, and where nothing is due no statement is put together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import insert, select

from hub.routing.settings import load_settings
from hub.storage import LIMIT, NOW, Look, Store, Tx
from hub.storage.leases import leases
from hub.storage.timekeeper import FireDue
from hub.testing.center import open_center
from hub.wiring import looking, timers

OVER = Look(
    select(leases.c.name, leases.c.expires_at)
    .where(leases.c.holder.in_(["one", "another"]), leases.c.epoch == 7)
    .where(leases.c.expires_at <= NOW)
    .order_by(leases.c.expires_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)
READ_WHOLE = {"sweep_customers": "whose one row is always there"}


def write_leases(tx: Tx, _: None) -> datetime:
    """`first` to `fourth`, a second apart, the third being now; and others that are not meant."""
    rows = [
        {"name": name, "holder": holder, "epoch": epoch, "expires_at": tx.now + timedelta(0, at_s)}
        for name, holder, epoch, at_s in (
            ("second", "another", 7, -1),
            ("first", "one", 7, -2),
            ("fourth", "one", 7, 1),
            ("third", "one", 7, 0),
            ("of nobody meant", "third", 7, -9),
            ("of another epoch", "one", 8, -9),
        )
    ]
    tx.execute(insert(leases), rows)
    return tx.now


@pytest.mark.parametrize(
    ("after_s", "limit", "found"),
    [
        (0, 200, ["first", "second", "third"]),
        (0, 2, ["first", "second"]),
        (-0.000001, 200, ["first", "second"]),
        (1, 200, ["first", "second", "third", "fourth"]),
        (-2, 200, ["first"]),
        (-3, 200, []),
    ],
)
async def test_a_look_finds_what_is_due_in_its_order(
    store: Store, after_s: float, limit: int, found: list[str]
) -> None:
    now = await store.write(write_leases, None) + timedelta(seconds=after_s)

    def look(tx: Tx, _: None) -> list[Any]:
        rows = OVER(tx, now, limit)
        assert OVER.ids(tx, now, limit) == [row.name for row in rows]
        wanted = {"now": now, "limit": limit}
        assert list(rows) == list(tx.execute(OVER.statement, wanted))
        return list(rows)

    rows = await store.write(look, None)
    assert [row.name for row in rows] == found
    assert all(row.expires_at <= now for row in rows)  # times are read as times


class Counting:
    """A transaction that writes down what SQLAlchemy has to put together."""

    def __init__(self, tx: Tx, asked: list[str]) -> None:
        self.tx = tx
        self.asked = asked

    def execute(self, statement: Any, parameters: Any = None) -> Any:
        self.asked.append(str(statement))
        return self.tx.execute(statement, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)


@pytest.mark.parametrize("timer", [*timers(), *looking()], ids=lambda timer: timer.__name__)
async def test_where_nothing_is_due_no_statement_is_put_together(
    store: Store, timer: FireDue
) -> None:
    def asked_by(tx: Tx, asked: list[str]) -> list[str]:
        open_center(tx)
        assert load_settings(tx).written_channels
        timer(tx, tx.now, 200)  # what there is to do at first is done
        timer(cast(Tx, Counting(tx, asked)), tx.now, 200)
        return asked

    asked = await store.write(asked_by, [])
    assert timer.__name__ in READ_WHOLE or asked == []
